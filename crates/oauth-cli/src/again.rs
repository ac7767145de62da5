//! What does not go with `--name`: what is kept under a name says at which server and as which client it is used, so that
//! an option that says so too would be read and not used.

use clap::{ArgMatches, Command, Error, error::ErrorKind, parser::ValueSource};

/// Looks at a command line that clap has found nothing wrong with.
///
/// # Errors
/// The first option that would not be used.
pub(crate) fn check(line: &mut Command, matches: &ArgMatches) -> Result<(), Error> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    let is_given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let advice = match name {
        // Without a server, it is once more what it was.
        "login" if !["issuer", "resource", "token_endpoint"].into_iter().any(is_given) => {
            "to log in elsewhere or as another client, name the server too: --issuer, --resource or --token-endpoint"
        }
        "revoke" if is_given("name") => "to give back another token, leave --name out",
        _ => return Ok(()),
    };
    let Some(command) = line.find_subcommand_mut(name) else { return Ok(()) };
    let is_unused = |arg: &&clap::Arg| {
        // What is global says how to speak to a server, and not to which.
        matches!(arg.get_help_heading(), Some("Server" | "Client")) && !arg.is_global_set()
    };
    let unused = command.get_arguments().filter(is_unused).find(|arg| is_given(arg.get_id().as_str()));
    let Some(option) = unused.and_then(clap::Arg::get_long) else { return Ok(()) };
    let problem = format!(
        "--{option} does not go with --name: what is kept says which server and which client it is; {advice}"
    );
    Err(command.error(ErrorKind::ArgumentConflict, problem))
}
