package schemas

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const traceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func fullCommand(t testing.TB) *Command {
	due := instant(t, "2026-03-01T11:00:00Z")
	return &Command{
		CommandID: "00112233445566778899aabbccddeeff", Action: Send, Trigger: "cart-abandonment", Version: "3f9c2a41",
		Run: "0123456789abcdef", Step: "steps[1]", Variant: "b", Class: Marketing, Channel: "email", Template: "cart-reminder",
		Locale: "ro-RO", To: "ana@example.org", DueAt: due, NotBefore: due, ExpiresAt: due + 86_400_000_000,
		Quiet: &Quiet{"21:00", "09:00", "Europe/Bucharest"}, Priority: 50,
		Offer: &Offer{
			Kind: "percent", Value: "10", Currency: "EUR", FreeShipping: true, Code: "CART-7K2M-Q9XD", ExpiresAt: due,
			Minimum: "30.00", Excludes: []string{"low_margin", "books"},
		},
		Context: []byte(`{"cart":{"total":"59.90","note":"<b>&"}}`),
		Cause:   Cause{"e1", "cart.updated", instant(t, "2026-03-01T10:00:00.25Z")},

		Customer: "ana", TraceParent: traceParent, TraceState: "a=b",
	}
}

const fullCommandJSON = `{"command_id":"00112233445566778899aabbccddeeff","action":"send","trigger":"cart-abandonment","version":"3f9c2a41",` +
	`"run":"0123456789abcdef","step":"steps[1]","variant":"b","class":"marketing","channel":"email","template":"cart-reminder",` +
	`"locale":"ro-RO","to":"ana@example.org","due_at":"2026-03-01T11:00:00Z","not_before":"2026-03-01T11:00:00Z","expires_at":"2026-03-02T11:00:00Z",` +
	`"quiet":{"from":"21:00","to":"09:00","zone":"Europe/Bucharest"},"priority":50,` +
	`"offer":{"kind":"percent","value":"10","currency":"EUR","free_shipping":true,"code":"CART-7K2M-Q9XD","expires_at":"2026-03-01T11:00:00Z","minimum":"30.00","excludes":["low_margin","books"]},` +
	`"context":{"cart":{"total":"59.90","note":"<b>&"}},"cause":{"event_id":"e1","event_type":"cart.updated","event_time":"2026-03-01T10:00:00.25Z"}}`

func TestCommandJSON(t *testing.T) {
	if diff := cmp.Diff(fullCommandJSON, string(fullCommand(t).AppendJSON(nil))); diff != "" {
		t.Errorf("full command (-want +got)\n%s", diff)
	}
	due := instant(t, "2026-03-01T11:00:00Z")
	for want, c := range map[string]*Command{
		`{}`: {Quiet: &Quiet{}},
		`{"command_id":"c1","action":"cancel","due_at":"2026-03-01T11:00:00Z"}`: {CommandID: "c1", Action: Cancel, DueAt: due, Customer: "ana"},
		`{"template":"a\"\\\n\u0001é\u001f😀<>&` + "\uFFFD" + `"}`:               {Template: "a\"\\\n\x01é\x1f😀<>&\xff"},
		`{"context":{"a":1}}`:       {Context: []byte("{\n  \"a\": 1\r\n}")},
		"{\"context\":{\n}":         {Context: []byte("{\n")}, // broken input stays as it is
		`{"offer":{"kind":"gift"}}`: {Offer: &Offer{Kind: "gift"}},
	} {
		if got := string(c.AppendJSON(nil)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestCommandHeaders(t *testing.T) {
	want := headers("ce_specversion", "1.0", "ce_id", "00112233445566778899aabbccddeeff", "ce_source", "shop", "ce_type", "message.command.v1",
		"ce_subject", "ana", "ce_time", "2026-03-01T11:00:00Z", "content-type", "application/json",
		"traceparent", traceParent, "tracestate", "a=b")
	if diff := cmp.Diff(want, fullCommand(t).AppendHeaders(nil, "shop")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	c := fullCommand(t)
	c.TraceParent, c.TraceState = "", ""
	if diff := cmp.Diff(want[:7], c.AppendHeaders(nil, "shop")); diff != "" {
		t.Errorf("without trace (-want +got)\n%s", diff)
	}
}

func TestCommandsReadBack(t *testing.T) {
	for name, want := range map[string]*Command{
		"full":   fullCommand(t),
		"cancel": {CommandID: "c1", Action: Cancel, DueAt: instant(t, "2026-03-01T11:00:00Z"), Customer: "ana"},
	} {
		line := want.AppendStructured(nil, "shop")
		if strings.ContainsAny(string(line), "\n\r") || !json.Valid(line) {
			t.Errorf("%s: not one line of JSON: %s", name, line)
		}
		for mode, parse := range map[string]func() (*Command, string, error){
			"structured": func() (*Command, string, error) { return ParseCommand(line, nil) },
			"binary": func() (*Command, string, error) {
				return ParseCommand(want.AppendJSON(nil), want.AppendHeaders(nil, "shop"))
			},
		} {
			got, source, err := parse()
			if err != nil {
				t.Fatalf("%s, %s: %v", name, mode, err)
			}
			if diff := cmp.Diff(want, got); diff != "" || source != "shop" {
				t.Errorf("%s, %s, from %q (-want +got)\n%s", name, mode, source, diff)
			}
		}
	}
}

// A context may hold an event's data whole, with a name around it.
func TestCommandWithTheDeepestDataReadsBack(t *testing.T) {
	c := fullCommand(t)
	c.Context = []byte(`{"cart":{"data":{"x":` + nested(MaxEventDepth-1) + `}}}`)
	if _, _, err := ParseCommand(c.AppendStructured(nil, "shop"), nil); err != nil {
		t.Error(err)
	}
}

func TestCommandRefusals(t *testing.T) {
	c := fullCommand(t)
	line := string(c.AppendStructured(nil, "shop"))
	for name, r := range map[string]struct {
		value string
		code  ErrorCode
	}{
		"an event":         {orderEvent, CodeUnknownType},
		"no JSON":          {"x", CodeBadJSON},
		"another action":   {strings.Replace(line, `"action":"send"`, `"action":"burn"`, 1), CodeUnknownAction},
		"another id":       {strings.Replace(line, `"id":"00`, `"id":"11`, 1), CodeBadEnvelope},
		"priority in text": {strings.Replace(line, `"priority":50`, `"priority":"50"`, 1), CodeWrongType},
		"no due":           {strings.Replace(line, `"due_at"`, `"when"`, 1), CodeMissing},
		"a broken due":     {strings.Replace(line, `"due_at":"2026`, `"due_at":"x`, 1), CodeWrongType},
	} {
		if _, _, err := ParseCommand([]byte(r.value), nil); codeOf(err) != r.code {
			t.Errorf("%s: %v, want %s", name, err, r.code)
		}
	}
}

func FuzzParseCommand(f *testing.F) {
	f.Add(fullCommand(f).AppendStructured(nil, "shop"))
	f.Add([]byte(`{"specversion":"1.0","id":"c","source":"s","type":"message.command.v1","subject":"ana","time":"2026-03-01T10:00:00Z","data":{"command_id":"c","action":"cancel","due_at":"2026-03-01T10:00:00Z","context":null,"quiet":{},"offer":{}}}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		c, source, err := ParseCommand(value, nil)
		if err != nil {
			if codeOf(err) == "" {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		line := c.AppendStructured(nil, source)
		again, _, err := ParseCommand(line, nil)
		if err != nil {
			t.Fatalf("%s: own encoding: %v", line, err)
		}
		if got := again.AppendStructured(nil, source); string(got) != string(line) {
			t.Errorf("encoded again\n%s\nwas\n%s", got, line)
		}
		binary, _, err := ParseCommand(c.AppendJSON(nil), c.AppendHeaders(nil, source))
		if err != nil {
			t.Fatalf("%s: own binary encoding: %v", line, err)
		}
		if diff := cmp.Diff(again, binary); diff != "" {
			t.Errorf("the modes differ (-structured +binary)\n%s", diff)
		}
	})
}

func TestDecisionJSON(t *testing.T) {
	full := Decision{
		Time: instant(t, "2026-03-01T11:00:00Z"), Customer: "ana", Trigger: "cart-abandonment", Version: "3f9c2a41", Key: "k1",
		Step: "steps[1]", Outcome: Skipped, Reason: FrequencyCap, CommandID: "c1", EventID: "e1", Detail: "email: 1 per 16h",
	}
	const want = `{"time":"2026-03-01T11:00:00Z","customer":"ana","trigger":"cart-abandonment","version":"3f9c2a41","key":"k1","step":"steps[1]",` +
		`"outcome":"skipped","reason":"frequency_cap","command_id":"c1","event_id":"e1","detail":"email: 1 per 16h"}`
	if got := string(full.AppendJSON(nil)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	short := Decision{Time: full.Time, Customer: "ana", Outcome: Ended}
	const wantShort = `{"time":"2026-03-01T11:00:00Z","customer":"ana","trigger":"","version":"","key":"","step":"",` +
		`"outcome":"ended","reason":"","command_id":"","event_id":"","detail":""}`
	if got := string(short.AppendJSON(nil)); got != wantShort {
		t.Errorf("got %s, want %s", got, wantShort)
	}
	for _, d := range []Decision{full, short} {
		if got, err := ParseDecision(d.AppendJSON(nil)); err != nil || got != d {
			t.Errorf("read back %+v, %v; want %+v", got, err, d)
		}
	}
	for line, code := range map[string]ErrorCode{
		`{"outcome":"sent","reason":"mood"}`: CodeUnknownReason,
		`{"outcome":"perhaps"}`:              CodeUnknownReason,
		`{}`:                                 CodeUnknownReason,
		`{`:                                  CodeBadJSON,
	} {
		if _, err := ParseDecision([]byte(line)); codeOf(err) != code {
			t.Errorf("%s: %v, want %s", line, err, code)
		}
	}
}

// The contract's list, in its order.
func TestReasonsAreTheContracts(t *testing.T) {
	const contract = "no_consent, no_address, suppressed, quiet_hours_expired, frequency_cap, goal_reached, filter_failed, reentry_window, " +
		"already_active, already_sent, stale, holdout, out_of_stock, limit_reached, lower_priority, rule_disabled, duplicate_event, late_event, no_date, " +
		"too_many_runs, expression_error, erased"
	var names []string
	for _, r := range Reasons() {
		names = append(names, r.String())
		if back, ok := ParseReason(r.String()); !ok || back != r {
			t.Errorf("%s reads as %d, %v", r, back, ok)
		}
	}
	if got := strings.Join(names, ", "); got != contract {
		t.Errorf("reasons are %s", got)
	}
	for o := Started; o <= Converted; o++ {
		if back, ok := ParseOutcome(o.String()); !ok || back != o {
			t.Errorf("%s reads as %d, %v", o, back, ok)
		}
	}
	if _, ok := ParseReason(""); ok {
		t.Error("no name is a reason")
	}
}
