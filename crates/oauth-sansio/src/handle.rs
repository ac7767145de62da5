//! A shared value that is known by where it lies.

use std::{ops::Deref, sync::Arc};

/// What the steps of one server lead back to: its settings, made once. A clone is another handle to the same.
///
/// Under `--cfg model`, where steps are compared, handles are equal when they lead to the same value.
#[derive(Debug)]
pub struct Handle<T>(Arc<T>);

impl<T> Handle<T> {
    /// A handle to a new value.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for Handle<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

#[cfg(model)]
impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[cfg(model)]
impl<T> Eq for Handle<T> {}

#[cfg(model)]
impl<T> std::hash::Hash for Handle<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}
