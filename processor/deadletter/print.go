package deadletter

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// jsonLetter is a letter as `beckon dead-letters list --output json` prints it:
// one line. What is not UTF-8 is in a member of its own, as base64.
type jsonLetter struct {
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Time      string `json:"time"`
	From      *place `json:"from,omitempty"`
	Class     string `json:"class"`
	Message   string `json:"message"`
	Stage     Stage  `json:"stage"`
	Replayed  bool   `json:"replayed"`

	Key         *string      `json:"key,omitempty"`
	KeyBase64   []byte       `json:"key_base64,omitempty"`
	Value       *string      `json:"value,omitempty"`
	ValueBase64 []byte       `json:"value_base64,omitempty"`
	Truncated   int64        `json:"truncated,omitempty"` // bytes before it was cut
	Headers     []jsonHeader `json:"headers,omitempty"`
}

type place struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Time      string `json:"time,omitempty"`
}

type jsonHeader struct {
	Key         string  `json:"key"`
	Value       *string `json:"value,omitempty"`
	ValueBase64 []byte  `json:"value_base64,omitempty"`
}

// AppendJSON appends the letter as one JSON object.
func (l *Listed) AppendJSON(b []byte) []byte {
	j := jsonLetter{
		Partition: l.Partition, Offset: l.Offset, Time: l.At.UTC().Format(time.RFC3339Nano),
		Class: l.Class, Message: l.Message, Stage: l.Stage, Replayed: l.Replayed,
		Truncated: l.Truncated,
	}
	if l.Topic != "" {
		j.From = &place{Topic: l.Topic, Partition: l.OfPartition, Offset: l.OfOffset}
		if !l.Timestamp.IsZero() {
			j.From.Time = l.Timestamp.Format(time.RFC3339Nano)
		}
	}
	j.Key, j.KeyBase64 = textOrBytes(l.Key)
	j.Value, j.ValueBase64 = textOrBytes(l.Value)
	for _, h := range l.Headers {
		jh := jsonHeader{Key: h.Key}
		jh.Value, jh.ValueBase64 = textOrBytes(h.Value)
		j.Headers = append(j.Headers, jh)
	}
	line, err := json.Marshal(&j)
	if err != nil {
		panic(fmt.Sprintf("deadletter: marshal a letter: %v", err)) // strings, numbers and bytes only
	}
	return append(b, line...)
}

func textOrBytes(b []byte) (*string, []byte) {
	if b == nil {
		return nil, nil
	}
	if s := string(b); utf8.ValidString(s) {
		return &s, nil
	}
	return nil, b
}

// AppendText appends the letter as a line for people: where, why, and the
// beginning of the value.
func (l *Listed) AppendText(b []byte) []byte {
	b = fmt.Appendf(b, "%d/%d  %s  ", l.Partition, l.Offset, l.At.UTC().Format(time.RFC3339))
	if l.Topic == "" {
		b = append(b, "from ?"...)
	} else {
		b = fmt.Appendf(b, "from %s/%d/%d", l.Topic, l.OfPartition, l.OfOffset)
	}
	if l.Replayed {
		b = append(b, "  replayed"...)
	}
	if l.Truncated > 0 {
		b = fmt.Appendf(b, "  cut from %d bytes", l.Truncated)
	}
	b = fmt.Appendf(b, "  %s: %q", l.Class, l.Message)
	const most = 80
	if v := l.Value; len(v) > most {
		return fmt.Appendf(b, "  %q… (%d bytes)", v[:most], len(v))
	}
	return fmt.Appendf(b, "  %q", l.Value)
}
