//! Every word that the pages say, in one place. A translation is another [`Strings`].

mod operator;
pub(crate) mod playground;

use http::StatusCode;

pub(crate) use operator::Operator;

/// The words of one language. In a sentence with `{}`, something is put there.
#[derive(Debug)]
pub(crate) struct Strings {
    /// The language, for the `lang` attribute (RFC 5646).
    pub(crate) language: &'static str,

    pub(crate) login_title: &'static str,
    pub(crate) login_purpose: &'static str,
    pub(crate) username: &'static str,
    pub(crate) password: &'static str,
    pub(crate) login: &'static str,
    pub(crate) login_again: &'static str,
    /// The same for an unknown name and for a wrong password.
    pub(crate) login_failed: &'static str,
    /// The same for every name.
    pub(crate) login_wait: &'static str,
    pub(crate) login_to_account: &'static str,
    /// Goes in front of the title when something went wrong.
    pub(crate) failed_title: &'static str,

    pub(crate) consent_title: &'static str,
    pub(crate) consent_question: &'static str,
    pub(crate) application: &'static str,
    pub(crate) returns_to: &'static str,
    pub(crate) this_device: &'static str,
    pub(crate) an_app: &'static str,
    pub(crate) by_code: &'static str,
    pub(crate) logged_in_as: &'static str,
    pub(crate) scopes: &'static str,
    pub(crate) no_scopes: &'static str,
    pub(crate) resources: &'static str,
    pub(crate) details: &'static str,
    pub(crate) choose: &'static str,
    pub(crate) remember: &'static str,
    pub(crate) mixed_name: &'static str,
    pub(crate) nobody_knows: &'static str,
    pub(crate) only_on_device: &'static str,
    pub(crate) allow: &'static str,
    pub(crate) deny: &'static str,
    pub(crate) switch: &'static str,

    pub(crate) device_title: &'static str,
    pub(crate) device_what: &'static str,
    pub(crate) device_code: &'static str,
    pub(crate) device_go: &'static str,
    pub(crate) device_wrong: &'static str,
    pub(crate) device_care: &'static str,
    pub(crate) device_compare: &'static str,
    pub(crate) device_phishing: &'static str,
    pub(crate) device_allowed: &'static str,
    pub(crate) device_back: &'static str,
    pub(crate) device_refused: &'static str,
    pub(crate) device_nothing: &'static str,
    pub(crate) to_device: &'static str,
    pub(crate) back_title: &'static str,
    pub(crate) back_what: &'static str,
    pub(crate) back_go: &'static str,
    pub(crate) verifier_title: &'static str,
    pub(crate) verifier_what: &'static str,
    pub(crate) verifier_care: &'static str,

    pub(crate) account_title: &'static str,
    pub(crate) apps_title: &'static str,
    pub(crate) apps_none: &'static str,
    pub(crate) apps_all: &'static str,
    pub(crate) apps_all_what: &'static str,
    pub(crate) app_scopes: &'static str,
    pub(crate) app_no_scopes: &'static str,
    pub(crate) app_since: &'static str,
    pub(crate) app_last: &'static str,
    pub(crate) app_end: &'static str,
    pub(crate) withdrawn: &'static str,
    pub(crate) pages: &'static str,
    pub(crate) page_before: &'static str,
    pub(crate) page_after: &'static str,
    pub(crate) password_title: &'static str,
    pub(crate) password_what: &'static str,
    pub(crate) password_current: &'static str,
    pub(crate) password_new: &'static str,
    pub(crate) password_rule: &'static str,
    pub(crate) password_change: &'static str,
    pub(crate) password_changed: &'static str,
    pub(crate) password_wrong: &'static str,
    pub(crate) password_unfit: &'static str,
    pub(crate) logins_title: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) sign_out_everywhere: &'static str,

    pub(crate) status: &'static str,

    pub(crate) operator: Operator,
}

/// What a page says about a request that was refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) title: &'static str,
    pub(crate) what: &'static str,
    pub(crate) next: &'static str,
}

pub(crate) const ENGLISH: Strings = Strings {
    language: "en",

    login_title: "Sign in",
    login_purpose: "to continue to {}",
    username: "User name",
    password: "Password",
    login: "Sign in",
    login_again: "You are signed in already. This application wants to be sure that it is still you.",
    login_failed: "This user name and password do not match. Check both and try again.",
    login_wait: "There were too many tries. The next one can be in {} s.",
    login_to_account: "to see and change your account",
    failed_title: "Error: {}",

    consent_title: "Allow access?",
    consent_question: "Allow {} to use your account?",
    application: "Application",
    returns_to: "Sends you to",
    this_device: "A program on this device ({})",
    an_app: "An app on this device ({})",
    by_code: "Nowhere. You get a code to enter in the application.",
    logged_in_as: "Signed in as",
    scopes: "It asks for:",
    no_scopes: "It names no particular permission.",
    resources: "To be used at:",
    details: "In detail:",
    choose: "You are signed in as {}. If this is not the account you want to use here, choose another one below.",
    remember: "Do not ask me again for the same access",
    mixed_name: "Take care: this name mixes letters of different alphabets, as copies of well-known names do. \
                 Look at where it sends you.",
    nobody_knows: "Nobody has checked this application. Its name is what it calls itself; look at its address and at where \
                   it sends you.",
    only_on_device: "It works on your device only, where any program can claim to be it. Go on only if you have just \
                     started it yourself.",
    allow: "Allow",
    deny: "Deny",
    switch: "Not you? Use another account",

    device_title: "Connect a device",
    device_what: "Enter the code that your device shows.",
    device_code: "Code",
    device_go: "Continue",
    device_wrong: "No device waits with this code. Look at the code again; if it is old, let the device show a new one.",
    device_care: "Enter only a code that you see on a device of your own. Whoever sent you a code by message or on the \
                  phone would get into your account with it.",
    device_compare: "Your device shows this code:",
    device_phishing: "Allow only if you see this code on a device of your own, and started it yourself. Deny if somebody sent \
                      you the code, or a link with it: they would get into your account.",
    device_allowed: "The device is connected",
    device_back: "You can close this page and go back to your device.",
    device_refused: "The device was refused",
    device_nothing: "It got nothing. You can close this page.",
    to_device: "Nowhere. The device in front of you gets the access.",

    back_title: "Back to the application",
    back_what: "You are on your way back to {}. If nothing happens, go on yourself.",
    back_go: "Continue",

    verifier_title: "Your code",
    verifier_what: "Enter this code in the application that sent you here:",
    verifier_care: "It works once and only for a short time. Give it to nobody else. \
                    When you have entered it, you can close this page.",

    account_title: "Your account",
    apps_title: "Connected applications",
    apps_none: "No application can use your account.",
    apps_all: "Disconnect all",
    apps_all_what: "Each of them has to ask you again before it can use your account.",
    app_scopes: "It can:",
    app_no_scopes: "It can use your account, with no particular permission.",
    app_since: "Since",
    app_last: "Last renewed",
    app_end: "Disconnect",
    withdrawn: "Disconnected. It has to ask you again before it can use your account.",
    pages: "Pages",
    page_before: "Before",
    page_after: "More",
    password_title: "Password",
    password_what: "Changing it signs you out in every other browser. Applications stay connected; disconnect those that you do not know.",
    password_current: "Current password",
    password_new: "New password",
    password_rule: "At least {} characters. A few words that nobody would guess are best.",
    password_change: "Change password",
    password_changed: "Your password is changed, and you are signed out everywhere else.",
    password_wrong: "That is not your current password. Nothing was changed.",
    password_unfit: "That password cannot be used.",
    logins_title: "Sign out",
    sign_out: "Sign out here",
    sign_out_everywhere: "Sign out in every browser",

    status: "Status {}",

    operator: operator::ENGLISH,
};

impl Strings {
    /// What to say instead of an answer with this status.
    pub(crate) fn refusal(&self, status: StatusCode) -> Refusal {
        let again = "Go back to the application and start again from there.";
        match status {
            StatusCode::FORBIDDEN => Refusal {
                title: "This began in another browser",
                what: "This page belongs to a sign-in that was started in another browser, or this browser does not \
                       keep cookies.",
                next: "Allow cookies for this site, then go back to the application and start again from there. If \
                       someone sent you a link to this page, close it.",
            },
            StatusCode::NOT_FOUND => {
                Refusal { title: "There is nothing here", what: "This address leads nowhere.", next: again }
            }
            StatusCode::TOO_MANY_REQUESTS => Refusal {
                title: "Too many tries",
                what: "There were too many tries in a short time.",
                next: "Wait a few minutes, then try again.",
            },
            StatusCode::REQUEST_TIMEOUT => Refusal {
                title: "That took too long",
                what: "The connection was too slow or broke off. Nothing was changed.",
                next: "Go back and try again.",
            },
            status if status.is_server_error() => Refusal {
                title: "This does not work right now",
                what: "Something is wrong on our side. Nothing was changed, and you did nothing wrong.",
                next: "Wait a moment, then load this page again.",
            },
            _ => Refusal {
                title: "This request cannot go on",
                what: "It may be too old, it may have been answered already, or the application that sent you here \
                       made a mistake. You were not sent back, because it is not certain where that would lead.",
                next: again,
            },
        }
    }
}
