//! What must not compile: a pause is answered once, with its own answer, and holds its reply until then.

#[test]
fn misuse_does_not_compile() {
    // What a model may do with its steps, nobody else may.
    if cfg!(not(model)) {
        trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
    }
}
