package schemas

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// contracts compiles the embedded schemas.
type contracts struct {
	*jsonschema.Compiler
	t testing.TB
}

const schemaBase = "https://github.com/beckon-io/beckon/schemas/jsonschema/"

func newContracts(t testing.TB) contracts {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	names, err := fs.Glob(Files, "jsonschema/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		raw, err := Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if id := doc.(map[string]any)["$id"]; id != schemaBase+filepath.Base(name) {
			t.Errorf("%s: $id is %v", name, id)
		}
		if err := c.AddResource(schemaBase+filepath.Base(name), doc); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return contracts{c, t}
}

// of compiles one schema, strictly against draft 2020-12.
func (c contracts) of(name string) *jsonschema.Schema {
	c.t.Helper()
	s, err := c.Compile(schemaBase + name)
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

func validate(s *jsonschema.Schema, value []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

// properties are the names of an object schema's properties, in its order.
func properties(t *testing.T, name string, path ...string) []string {
	t.Helper()
	raw, err := Files.ReadFile("jsonschema/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range append(path, "properties") {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		raw = m[step]
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	var names []string
	for depth := 0; ; {
		token, err := dec.Token()
		if err != nil {
			return names
		}
		switch v := token.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				depth++
			} else {
				depth--
			}
		case string:
			if depth == 1 {
				names = append(names, v)
				var skipped json.RawMessage
				if err := dec.Decode(&skipped); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func TestEverySchemaCompiles(t *testing.T) {
	c := newContracts(t)
	names, _ := fs.Glob(Files, "jsonschema/*.json")
	for _, name := range names {
		c.of(filepath.Base(name))
	}
	want := 5 + len(Kinds()) // types, cloudevent, command, command.event, decision
	if len(names) != want {
		t.Errorf("%d schemas, want %d: one for each event type and 5 more", len(names), want)
	}
}

// The field table and the schemas name the same fields, in the same order.
func TestSchemasNameTheFieldsOfTheCode(t *testing.T) {
	for _, k := range Kinds() {
		var want []string
		for _, f := range FieldsOf(k) {
			want = append(want, f.Name)
		}
		if got := properties(t, k.String()+".json", "$defs", "data"); !slices.Equal(got, want) {
			t.Errorf("%s: schema has %v, code %v", k, got, want)
		}
	}
	var want []string
	for _, f := range ItemFields() {
		want = append(want, f.Name)
	}
	if got := properties(t, "types.json", "$defs", "item"); !slices.Equal(got, want) {
		t.Errorf("item: schema has %v, code %v", got, want)
	}
}

// samples are JSON values of every type and of the borders between them.
var samples = []string{
	"null", "true", "false", "0", "17", "-5", "1.5", "1e2", "123456789012345678901", `""`, `"x"`, `"17"`, `"59.90"`, `"1e3"`, `".5"`,
	`"12345678901234567890"`, `"2026-03-01"`, `"2026-03-01T10:00:00Z"`, `"2026-03-01T10:00:00.5+02:00"`, `"2026-03-01T10:00:00"`, `"2026-03-01t11:00:00z"`, `"2026-02-30T10:00:00Z"`,
	"[]", "{}", `["a"]`, `[1]`, `[null]`, `[{}]`, `[{"sku":"s","quantity":1.5,"price":"2","category":"c","x":1}]`, `[{"sku":1}]`,
	`[{"sku":true}]`, `[{"quantity":"1"}]`, `[{"quantity":"x"}]`, `"-2.50"`, `"7.00"`, `"1.5e1"`, `[{"price":false}]`, `[{"category":1}]`, `[{"quantity":null}]`, `{"a":{"b":[1]}}`,
}

// What the decoder takes for a field the schema takes, and the other way
// round, except where JSON Schema has no word for the limit: 19 digits, and the
// spelling of integers.
func TestSchemasAndDecoderAgreeOnEveryField(t *testing.T) {
	c := newContracts(t)
	for _, k := range Kinds() {
		schema := c.of(k.String() + ".json")
		for _, f := range append(FieldsOf(k), Field{Name: "not_of_the_schema"}) {
			for _, sample := range samples {
				if strings.Contains(sample, "12345678901234567890") && (f.Type == AmountType || f.Type == Number || f.Type == Int && sample[0] == '"') {
					continue
				}
				if sample == `"1.5e1"` && f.Type == Int {
					continue
				}
				if sample == "1e2" && f.Type == String {
					continue
				}
				value := []byte(envelopeOf(k.String(), `{"`+f.Name+`":`+sample+`}`))
				_, refused := Decode(value, nil, DecodeOptions{})
				invalid := validate(schema, value)
				if (refused == nil) != (invalid == nil) {
					t.Errorf("%s: %s: %s: decoder says %v, schema %v", k, f.Name, sample, refused, invalid)
				}
			}
		}
	}
}

func TestSchemasAndDecoderAgreeOnTheEnvelope(t *testing.T) {
	schema := newContracts(t).of("order.placed.json")
	for name := range map[string]bool{"specversion": true, "id": true, "source": true, "subject": true, "time": true, "datacontenttype": true, "data": true, "x": true} {
		for _, sample := range []string{"", "null", "17", "true", `""`, `"1.0"`, `"2.0"`, `"application/json"`, `"Text/JSON; charset=utf-8"`, `"application/vnd.shop+json"`, `"text/plain"`, `"a\nb"`, `"a\u0085b"`, `"2026-03-01T10:00:00Z"`, `"2026-03-01t11:00:00.5z"`, "{}", "[]", `"` + strings.Repeat("a", 257) + `"`} {
			m := map[string]json.RawMessage{}
			if err := json.Unmarshal([]byte(orderEvent), &m); err != nil {
				t.Fatal(err)
			}
			delete(m, name)
			if sample != "" {
				m[name] = json.RawMessage(sample)
			}
			value, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			_, refused := Decode(value, nil, DecodeOptions{Timestamp: 1})
			invalid := validate(schema, value)
			if (refused == nil) != (invalid == nil) {
				t.Errorf("%s = %s: decoder says %v, schema %v", name, sample, refused, invalid)
			}
		}
	}
}

// What a source with lookup: true takes without a customer is valid.
func TestNewsOfAnOrderIsValidWithoutASubject(t *testing.T) {
	c := newContracts(t)
	for _, k := range Kinds() {
		value := []byte(`{"specversion":"1.0","id":"e1","source":"/shop","type":"` + k.String() + `","data":{"order_id":"o1"}}`)
		_, refused := Decode(value, nil, DecodeOptions{Timestamp: 1, AllowNoSubject: true})
		invalid := validate(c.of(k.String()+".json"), value)
		if (refused == nil) != (invalid == nil) {
			t.Errorf("%s: decoder says %v, schema %v", k, refused, invalid)
		}
	}
}

func TestAnyEventIsValid(t *testing.T) {
	c := newContracts(t)
	bySchema := map[Kind]*jsonschema.Schema{KindUnknown: c.of("cloudevent.json")}
	for _, k := range Kinds() {
		bySchema[k] = c.of(k.String() + ".json")
	}
	rapid.Check(t, func(t *rapid.T) {
		value, want := anyEvent(t)
		for _, v := range [][]byte{value, AppendEvent(nil, want)} {
			if err := validate(bySchema[want.Kind], v); err != nil {
				t.Fatalf("%s: %v", v, err)
			}
		}
	})
}

func TestEncodedCommandsAndDecisionsAreValid(t *testing.T) {
	c := newContracts(t)
	value, line := c.of("command.json"), c.of("command.event.json")
	cancel := &Command{CommandID: fullCommand(t).CommandID, Action: Cancel, DueAt: fullCommand(t).DueAt, Customer: "ana"}
	for _, command := range []*Command{fullCommand(t), cancel} {
		if err := validate(value, command.AppendJSON(nil)); err != nil {
			t.Errorf("%s: %v", command.AppendJSON(nil), err)
		}
		if err := validate(line, command.AppendStructured(nil, "shop")); err != nil {
			t.Errorf("%s: %v", command.AppendStructured(nil, "shop"), err)
		}
	}
	incomplete := fullCommand(t)
	incomplete.Template = ""
	if validate(value, incomplete.AppendJSON(nil)) == nil {
		t.Error("a send without template is valid")
	}
	decision := c.of("decision.json")
	for _, r := range append(Reasons(), 0) {
		for o := Started; o <= Converted; o++ {
			d := Decision{Time: fullCommand(t).DueAt, Customer: "ana", Outcome: o, Reason: r}
			if err := validate(decision, d.AppendJSON(nil)); err != nil {
				t.Errorf("%s: %v", d.AppendJSON(nil), err)
			}
		}
	}
}

// The command's schema has the members of the command's JSON, in their order.
func TestCommandSchemaNamesTheMembersOfTheCode(t *testing.T) {
	for path, typ := range map[string]reflect.Type{
		"":                 reflect.TypeFor[commandJSON](),
		"properties/quiet": reflect.TypeFor[quietJSON](),
		"properties/offer": reflect.TypeFor[offerJSON](),
		"properties/cause": reflect.TypeFor[causeJSON](),
	} {
		var want []string
		for i := range typ.NumField() {
			want = append(want, typ.Field(i).Tag.Get("json"))
		}
		if got := properties(t, "command.json", strings.FieldsFunc(path, func(r rune) bool { return r == '/' })...); !slices.Equal(got, want) {
			t.Errorf("%s: schema has %v, code %v", typ, got, want)
		}
	}
}

// testdata/events.jsonl has an event of every type and one of another.
func TestFixtureIsDecodedAndValid(t *testing.T) {
	c := newContracts(t)
	seen := map[Kind]bool{}
	eachLine(t, filepath.Join("testdata", "events.jsonl"), func(n int, line []byte) {
		ev, err := Decode(line, nil, DecodeOptions{})
		if err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		seen[ev.Kind] = true
		name := ev.Type + ".json"
		if ev.Kind == KindUnknown {
			name = "cloudevent.json"
		}
		if err := validate(c.of(name), line); err != nil {
			t.Errorf("line %d: %v", n, err)
		}
		for _, f := range FieldsOf(ev.Kind) {
			if !ev.Present.Has(f.ID) {
				t.Errorf("line %d: %s has no %s", n, ev.Type, f.Name)
			}
		}
	})
	if len(seen) != len(Kinds())+1 {
		t.Errorf("%d of %d types are there", len(seen), len(Kinds())+1)
	}
}

func TestSharedEventsAreValid(t *testing.T) {
	c := newContracts(t)
	bySchema := map[string]*jsonschema.Schema{}
	for _, path := range sharedFiles(t) {
		eachLine(t, path, func(n int, line []byte) {
			if n > 500 && n%100 != 0 {
				return // the validator is slow: the start whole, then a part
			}
			ev, err := Decode(line, nil, DecodeOptions{})
			if err != nil {
				t.Fatalf("%s:%d: %v", path, n, err)
			}
			if bySchema[ev.Type] == nil {
				bySchema[ev.Type] = c.of(ev.Type + ".json")
			}
			if err := validate(bySchema[ev.Type], line); err != nil {
				t.Fatalf("%s:%d: %v", path, n, err)
			}
		})
	}
}
