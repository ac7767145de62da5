//! People who may sign in.

use maud::{Markup, html};

use super::{Frame, fact, link};
use crate::StoredUser;
use crate::admin::pages::{Act, Of, PEOPLE, UserChange, person as person_at};
use crate::shown::shown;
use crate::views::{LONGEST_NAME, date};

/// A page of people.
pub(crate) fn people(frame: &Frame<'_>, users: &[StoredUser], next: Option<String>) -> Markup {
    let words = frame.words();
    let main = html! {
        @if users.is_empty() {
            p { (words.none_here) }
        } @else {
            ul {
                @for user in users {
                    li {
                        a href=(person_at(&user.name)) { bdi { (shown(&user.name, LONGEST_NAME)) } }
                        @if user.disabled { " " small { (words.disabled) } }
                    }
                }
            }
        }
        (frame.more(PEOPLE, &[], next))
        p.actions { (link(&Act::NewUser { username: String::new(), password: None }, words.new_user, false)) }
    };
    frame.page(words.people, main)
}

/// One person, and what can be done.
pub(crate) fn person(frame: &Frame<'_>, user: &StoredUser) -> Markup {
    let words = frame.words();
    let name = || user.name.clone();
    let change = |change| Act::ChangeUser { username: name(), change };
    let main = html! {
        dl {
            (fact(words.state, if user.disabled { words.disabled } else { words.enabled }))
            (fact(words.subject, &user.subject))
            div { dt { (words.since) } dd { (date(user.created)) } }
        }
        p { a href=(Of::Subject(user.subject.clone()).address()) { (words.grants) } }
        p.actions {
            (link(&Act::SetPassword { username: name(), password: None }, words.set_password, false))
            (link(&change(UserChange::SignOut), words.sign_out, false))
            @match user.disabled {
                true => (link(&change(UserChange::Enable), words.enable, false)),
                false => (link(&change(UserChange::Disable), words.disable, true)),
            }
            (link(&change(UserChange::Remove), words.remove_user, true))
        }
    };
    frame.page(&shown(&user.name, LONGEST_NAME), main)
}
