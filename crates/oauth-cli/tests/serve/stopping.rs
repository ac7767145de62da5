//! The end.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use crate::running::{Place, Running, free_port, serve};

fn send(port: u16, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream
}

fn answer(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_request_in_flight_is_answered_before_the_end() {
    let (place, port) = (Place::new(), free_port());
    let running = Running::on(&place, port, &[]);
    let form = "grant_type=refresh_token&refresh_token=none";
    let head = format!(
        "POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n",
        form.len()
    );
    let mut waiting = send(port, &head);
    // Its head is read, and its body is waited for.
    std::thread::sleep(Duration::from_millis(300));
    running.signal("-TERM");
    std::thread::sleep(Duration::from_millis(300));
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err(), "nobody new is let in");
    waiting.write_all(form.as_bytes()).unwrap();
    let text = answer(waiting);
    assert!(text.starts_with("HTTP/1.1 4") && text.contains("invalid_"), "{text}");
    assert!(running.wait().status.success());
}

#[test]
fn ctrl_c_ends_it_as_well() {
    let place = Place::new();
    let running = Running::on(&place, free_port(), &[]);
    running.signal("-INT");
    assert!(running.wait().status.success());
}

#[test]
fn it_says_that_it_is_not_ready_before_it_goes() {
    let (place, port) = (Place::new(), free_port());
    let mut command = serve(&place, &["--listen", &format!("127.0.0.1:{port}")]);
    command.env("OAUTH__LIMITS__DRAIN", "2s");
    let running = Running::of(command, port);
    let ask = |path: &str| {
        answer(send(port, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")))
    };
    assert!(ask("/health/ready").starts_with("HTTP/1.1 200"));
    running.signal("-TERM");
    std::thread::sleep(Duration::from_millis(300));
    assert!(ask("/health/ready").starts_with("HTTP/1.1 503"));
    assert!(ask("/health/live").starts_with("HTTP/1.1 200"));
    assert!(running.wait().status.success());
}
