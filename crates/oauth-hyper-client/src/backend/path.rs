//! The paths that a backend is mounted at.

use super::BackendError;

/// A path that everybody reads alike: `/a/b-c`, without an end that could be left out.
pub(super) fn checked(path: &str) -> Result<String, BackendError> {
    let is_plain = |segment: &str| {
        !segment.is_empty()
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let mut segments = path.strip_prefix('/').ok_or(BackendError::Path)?.split('/');
    segments.all(is_plain).then(|| path.to_owned()).ok_or(BackendError::Path)
}
