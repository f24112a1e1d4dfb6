//! The provider's wire: recorded forms, published signatures, golden documents, and what holds of all of them.

mod documents;
mod properties;
mod reading;
mod signatures;
