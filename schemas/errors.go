package schemas

import "strings"

// ErrorCode says what is wrong with a record that is not an event. The codes
// are a closed list; they go to the dead letters as the exception's class.
type ErrorCode string

// The codes.
const (
	CodeTooLarge       ErrorCode = "too_large"                // the value is over MaxEventBytes, or an id in it too long
	CodeTooDeep        ErrorCode = "too_deep"                 // data is nested deeper than MaxEventDepth
	CodeBadJSON        ErrorCode = "bad_json"                 // not JSON, not UTF-8, or something behind the value
	CodeBadEnvelope    ErrorCode = "bad_envelope"             // neither a structured nor a binary CloudEvent
	CodeBadSpecVersion ErrorCode = "bad_specversion"          // not CloudEvents 1.x
	CodeMissing        ErrorCode = "missing_attribute"        // no id, source, type, subject or time
	CodeBadAttribute   ErrorCode = "bad_attribute"            // an attribute too long or with control characters
	CodeBadContentType ErrorCode = "unsupported_content_type" // data is not said to be JSON
	CodeWrongType      ErrorCode = "wrong_type"               // a JSON value of another type than the schema's
	CodeBadTime        ErrorCode = "bad_time"                 // not RFC 3339 between 1970 and 9999
	CodeBadAmount      ErrorCode = "bad_amount"               // not a decimal of at most 19 digits
	CodeBadNumber      ErrorCode = "bad_number"               // not an integer, or too large a one
	CodeUnknownReason  ErrorCode = "unknown_reason"           // a decision with a word outside of the closed lists
	CodeUnknownAction  ErrorCode = "unknown_action"           // a command that asks for something else than send or cancel
	CodeUnknownType    ErrorCode = "unknown_type"             // a CloudEvent that is no command where one is wanted
)

// ErrorCodes lists every code.
func ErrorCodes() []ErrorCode {
	return []ErrorCode{
		CodeTooLarge, CodeTooDeep, CodeBadJSON, CodeBadEnvelope, CodeBadSpecVersion, CodeMissing, CodeBadAttribute,
		CodeBadContentType, CodeWrongType, CodeBadTime, CodeBadAmount, CodeBadNumber,
		CodeUnknownReason, CodeUnknownAction, CodeUnknownType,
	}
}

// DecodeError is why a record was refused. Every error of this package's
// decoders is one. It never quotes what could be an address or a customer id.
type DecodeError struct {
	Code   ErrorCode
	Field  string // path such as data.items[2].price, an attribute's name, or empty
	Detail string // what is wrong and what to send instead
}

func (e *DecodeError) Error() string {
	if e.Field == "" {
		return string(e.Code) + ": " + e.Detail
	}
	return string(e.Code) + ": " + e.Field + ": " + e.Detail
}

// excerpt cuts hostile text to what an error message can carry.
func excerpt(s string) string {
	const most = 40
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
