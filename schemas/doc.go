// Package schemas is beckon's vocabulary: the store events that come in, the
// message commands and decisions that go out, and their binding to CloudEvents.
//
// Decoding is strict where a store's mistake would become a wrong message, and
// lenient where real stores differ. An event is refused with a *DecodeError for
// broken JSON or UTF-8, a missing attribute, control characters in an attribute,
// a subject over 256 bytes, a time that is not RFC 3339 after 1970, a known
// field of the wrong JSON type, or an amount that 19 digits cannot hold. It is
// taken with integers for ids (kept as their digits), amounts and numbers as
// strings or numbers, nulls for absent fields, empty texts for absent times,
// items without quantity (one piece), fields and attributes that the schema does
// not know, trace context that is none (ignored), and half a surrogate pair in
// an escape (U+FFFD). A member that comes twice counts as its last, and each is
// checked.
//
// The JSON Schemas and the AsyncAPI document in Files say the same to other
// programs, and tests hold them and the code to each other. Formats of vendors
// have packages of their own.
//
// This package imports nothing else of ours, reads no clock and keeps no state,
// so every room can speak it.
package schemas
