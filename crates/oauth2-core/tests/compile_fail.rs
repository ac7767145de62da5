//! Misuse of a pause does not compile. (Under `--cfg model` pauses can be copied, so that every order can be tried.)
#![cfg(not(model))]

#[test]
fn pauses_are_answered_once_with_the_right_answer_and_never_forgotten() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
