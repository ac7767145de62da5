//! The options of curl that are known here.

/// How an option is read.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Method,
    Url,
    Header,
    /// Data with line ends taken out of files, joined with `&`.
    Data,
    /// Data without files.
    Raw,
    /// Data with files as they are.
    Binary,
    UrlEncode,
    Json,
    Multipart,
    Get,
    Head,
    Upload,
    User,
    /// Plays no part in what is signed.
    Flag,
    /// Plays no part either, and takes a value.
    Value,
}

/// Long and short names; what is not here is refused, since nobody can tell whether it takes a value.
pub(super) const OPTIONS: &[(&str, Option<char>, Kind)] = &[
    ("request", Some('X'), Kind::Method),
    ("url", None, Kind::Url),
    ("header", Some('H'), Kind::Header),
    ("data", Some('d'), Kind::Data),
    ("data-ascii", None, Kind::Data),
    ("data-raw", None, Kind::Raw),
    ("data-binary", None, Kind::Binary),
    ("data-urlencode", None, Kind::UrlEncode),
    ("json", None, Kind::Json),
    ("form", Some('F'), Kind::Multipart),
    ("form-string", None, Kind::Multipart),
    ("get", Some('G'), Kind::Get),
    ("head", Some('I'), Kind::Head),
    ("upload-file", Some('T'), Kind::Upload),
    ("user", Some('u'), Kind::User),
    ("oauth2-bearer", None, Kind::User),
    ("silent", Some('s'), Kind::Flag),
    ("show-error", Some('S'), Kind::Flag),
    ("insecure", Some('k'), Kind::Flag),
    ("location", Some('L'), Kind::Flag),
    ("verbose", Some('v'), Kind::Flag),
    ("include", Some('i'), Kind::Flag),
    ("fail", Some('f'), Kind::Flag),
    ("fail-with-body", None, Kind::Flag),
    ("globoff", Some('g'), Kind::Flag),
    ("progress-bar", Some('#'), Kind::Flag),
    ("no-buffer", Some('N'), Kind::Flag),
    ("remote-name", Some('O'), Kind::Flag),
    ("compressed", None, Kind::Flag),
    ("path-as-is", None, Kind::Flag),
    ("http1.1", None, Kind::Flag),
    ("http2", None, Kind::Flag),
    ("ipv4", Some('4'), Kind::Flag),
    ("ipv6", Some('6'), Kind::Flag),
    ("user-agent", Some('A'), Kind::Value),
    ("referer", Some('e'), Kind::Value),
    ("cookie", Some('b'), Kind::Value),
    ("cookie-jar", Some('c'), Kind::Value),
    ("output", Some('o'), Kind::Value),
    ("dump-header", Some('D'), Kind::Value),
    ("write-out", Some('w'), Kind::Value),
    ("max-time", Some('m'), Kind::Value),
    ("connect-timeout", None, Kind::Value),
    ("retry", None, Kind::Value),
    ("proxy", Some('x'), Kind::Value),
    ("cacert", None, Kind::Value),
    ("cert", Some('E'), Kind::Value),
    ("key", None, Kind::Value),
    ("resolve", None, Kind::Value),
];

impl Kind {
    /// Whether the next word, or the rest of this one, belongs to it.
    pub(super) fn takes_value(self) -> bool {
        !matches!(self, Self::Get | Self::Head | Self::Flag)
    }
}
