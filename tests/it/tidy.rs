//! The laws that the compiler cannot keep.
