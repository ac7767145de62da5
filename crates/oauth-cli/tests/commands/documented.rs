//! What `docs/command-line.md` shows, run line by line, with our servers in the place of the example ones.
#![cfg(target_os = "linux")]

use std::{
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{
    operating,
    running::Place,
    stage::{Stage, decide, enter},
    tls::own,
};

/// The lines of all blocks for a shell.
fn commands(document: &str) -> Vec<&str> {
    let blocks = document.split("```sh\n").skip(1).filter_map(|block| block.split("```").next());
    blocks.flat_map(str::lines).filter(|line| !line.is_empty()).collect()
}

/// Plays the person, until the command ends.
async fn attend(place: &Place, mut child: Child, command: &str) {
    let (opened, told) = (place.file("browser.url"), place.file("err"));
    let mut entered = false;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            let read = |name| std::fs::read_to_string(place.file(name)).unwrap();
            assert!(status.success(), "{command}\n{}\n{}", read("out"), read("err"));
            return;
        }
        if opened.exists() {
            let address = std::fs::read_to_string(&opened).unwrap();
            std::fs::remove_file(&opened).unwrap();
            decide(&address, "allow").await;
        }
        let shown = std::fs::read_to_string(&told).unwrap();
        if shown.contains("The code ends") && !entered {
            entered = true;
            let mut lines = shown.lines().map(str::trim).skip_while(|line| !line.starts_with("http"));
            enter(lines.next().unwrap(), lines.next().unwrap()).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_document_works() {
    let (stage, place) = (Stage::set().await, Place::new());
    let operated = operating::Provider::start().await;
    let script =
        place.with("browser", "#!/bin/sh\nprintf '%s' \"$1\" > \"$0.tmp\" && mv \"$0.tmp\" \"$0.url\"\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    place.with("secret.txt", stage.secret.expose());
    own(&place);
    std::fs::create_dir(place.file("oauth-data")).unwrap();
    place.with("oauth-data/admin.token", operating::TOKEN);
    let document = "{\"client_id\":\"https://app.example.net/client.json\",\"client_name\":\"Prints\",\
                    \"client_uri\":\"https://app.example.net/\",\"redirect_uris\":[\"https://app.example.net/cb\"],\
                    \"token_endpoint_auth_method\":\"none\"}";
    place.with("document.json", document);
    let directory = Path::new(env!("CARGO_BIN_EXE_oauth")).parent().unwrap().to_str().unwrap();
    let path = format!("{directory}:{}", std::env::var("PATH").unwrap());

    let commands = commands(include_str!("../../../../docs/command-line.md"));
    assert!(commands.len() > 20);
    for command in commands {
        let here = command
            .replace("oauth admin link", "oauth admin --address http://127.0.0.1:8081 link")
            .replace("http://127.0.0.1:8081", &operated.address)
            .replace("https://as.example.com", &stage.issuer)
            .replace("https://api.example.com", &stage.api);
        let log = |name| Stdio::from(std::fs::File::create(place.file(name)).unwrap());
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &here])
            .current_dir(place.file(""))
            .stdin(Stdio::null())
            .stdout(log("out"))
            .stderr(log("err"));
        let store = place.file("store");
        let child = shell.env("PATH", &path).env("OAUTH_STORE", store).env("BROWSER", &script).spawn();
        let attended = attend(&place, child.unwrap(), command);
        tokio::time::timeout(Duration::from_secs(120), attended).await.expect(command);
    }
}
