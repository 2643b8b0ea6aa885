package eventfile

import (
	"errors"

	"github.com/mailru/easyjson/jlexer"

	"github.com/beckon-io/beckon/schemas"
)

var (
	errNoTime    = errors.New("no time: an event in a file needs one, it has no record timestamp to fall back on")
	errNotObject = errors.New("not a JSON object")
)

// when finds the `time` of a CloudEvent in structured mode. It looks no
// further than it must: the event is decoded once it is its turn.
func when(line []byte) (schemas.Time, error) {
	if line[0] != '{' {
		return 0, errNotObject
	}
	lex := jlexer.Lexer{Data: line}
	var at schemas.Time
	var bad error
	lex.Delim('{')
	for lex.Ok() && !lex.IsDelim('}') {
		key := lex.UnsafeFieldName(false)
		lex.WantColon()
		switch {
		case key == "time" && lex.IsNull():
			lex.Null()
		case key == "time":
			at, bad = schemas.ParseTime(lex.String())
		default:
			lex.SkipRecursive()
		}
		lex.WantComma()
	}
	lex.Delim('}')
	lex.Consumed()
	switch {
	case lex.Error() != nil:
		return 0, mistake(line, lex.Error())
	case bad != nil:
		return 0, bad
	case at == 0:
		return 0, errNoTime
	}
	return at, nil
}

// mistake is what is wrong with a line that the lexer refused, in the words of
// the decoder that has all other lines: the lexer tells what is nested too
// deeply for it as a value that is no JSON.
func mistake(line []byte, refused error) error {
	if _, err := schemas.Decode(line, nil, schemas.DecodeOptions{AllowNoSubject: true}); err != nil {
		return err
	}
	return refused
}
