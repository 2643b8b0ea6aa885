package state

import (
	"encoding/hex"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/beckon-io/beckon/schemas"
)

var update = flag.Bool("update", false, "write the golden files of formats that are not released yet")

// flatten lists what is not zero in a value, as path = value.
func flatten(path string, v reflect.Value, lines map[string]string) {
	if a, ok := v.Interface().(schemas.Amount); ok {
		if a != (schemas.Amount{}) {
			lines[path] = a.String()
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			flatten(path+"."+v.Type().Field(i).Name, v.Field(i), lines)
		}
	case reflect.Slice:
		if b, ok := v.Interface().([]byte); ok {
			if len(b) > 0 {
				lines[path] = hex.EncodeToString(b)
			}
			return
		}
		for i := range v.Len() {
			flatten(fmt.Sprintf("%s[%d]", path, i), v.Index(i), lines)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			flatten(fmt.Sprintf("%s[%q]", path, k), v.MapIndex(k), lines)
		}
	default:
		switch {
		case v.IsZero():
		case v.CanInt():
			lines[path] = fmt.Sprint(v.Int())
		case v.CanUint():
			lines[path] = fmt.Sprint(v.Uint())
		default:
			lines[path] = fmt.Sprint(v.Interface())
		}
	}
}

func flat(v section) map[string]string {
	lines := make(map[string]string)
	flatten("", reflect.ValueOf(v).Elem(), lines)
	return lines
}

func text(lines map[string]string) string {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(lines)) {
		fmt.Fprintf(&b, "%s = %s\n", path, lines[path])
	}
	return b.String()
}

var index = regexp.MustCompile(`\[.*?\]`)

// fieldsOf are the fields that a text names.
func fieldsOf(text string) []string {
	fields := make(map[string]bool)
	for line := range strings.Lines(text) {
		path, _, _ := strings.Cut(line, " = ")
		fields[index.ReplaceAllString(path, "[]")] = true
	}
	return slices.Sorted(maps.Keys(fields))
}

// Each format that was ever released has a file with bytes and one with what
// they mean.
func TestOlderFormatsAreRead(t *testing.T) {
	for s := range numSections {
		for format := uint64(1); format <= formats[s]; format++ {
			name := filepath.Join("testdata", fmt.Sprintf("%s.%d", s, format))
			if *update && format == formats[s] {
				v := filled(s, rand.New(rand.NewPCG(format, uint64(s))))
				write(t, name+".hex", hex.EncodeToString([]byte(encoded(v)))+"\n")
				write(t, name+".txt", text(flat(v)))
			}
			bytes, err := hex.DecodeString(strings.TrimSpace(read(t, name+".hex")))
			if err != nil {
				t.Fatal(err)
			}
			got := newSection(s)
			if err := decodeSection(s, string(bytes), got); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			want := read(t, name+".txt")
			if diff := cmp.Diff(want, text(flat(got))); diff != "" {
				t.Errorf("%s (-meant +read):\n%s", name, diff)
			}
			if format < formats[s] {
				continue
			}
			all := filled(s, rand.New(rand.NewPCG(1, 1)))
			if diff := cmp.Diff(fieldsOf(want), fieldsOf(text(flat(all)))); diff != "" {
				t.Errorf("%s: fields changed without a new format number; see formats in codec.go, or, if this format was never released, run with -update:\n%s", name, diff)
			}
		}
	}
}

// The records that are not sections, each with what it meant when it was made.
func TestOlderRecordsAreRead(t *testing.T) {
	meta := Meta{
		Commit: Commit{Seq: 70000, Clock: 1 << 50, Inputs: []Input{
			{Topic: "shop", Partition: 3, Offset: 1 << 40, TopicID: [16]byte{7, 15: 8}},
			{Topic: "app.mailbox", Partition: 3, Offset: -1, Ahead: []Ahead{{2, 70, nil}, {4, 300, []Span{{120, 120}, {250, 298}}}}},
		}, Waiting: 9000},
		Position: 12345678, TopicID: [16]byte{1, 2, 3, 15: 16}, AppliedAt: 1<<50 + 7,
	}
	d := disk{}
	d.commit(t, typical())
	for name, current := range map[string][]byte{
		"record.1": nil, // older than what this version writes
		"record.2": nil,
		"record.3": []byte(d[CoreSection]),
		"commit.1": nil,
		"commit.2": nil,
		"commit.3": meta.Commit.Append(nil),
		"meta.1":   nil,
		"meta.2":   nil,
		"meta.3":   meta.Append(nil),
	} {
		name = filepath.Join("testdata", name+".hex")
		if *update && current != nil {
			write(t, name, hex.EncodeToString(current)+"\n")
		}
		old, err := hex.DecodeString(strings.TrimSpace(read(t, name)))
		if err != nil {
			t.Fatal(err)
		}
		want, got := any(nil), any(nil)
		meta := meta
		if current == nil { // the ids of inputs came with the second format, what is left with the third
			meta.Inputs = slices.Clone(meta.Inputs)
			if strings.HasSuffix(name, ".1.hex") {
				meta.Inputs[0].TopicID = [16]byte{}
			}
			meta.Inputs[1].Ahead = []Ahead{{2, 70, nil}, {4, 300, nil}}
		}
		switch name[len("testdata/")] {
		case 'r':
			want = typical().sections()
			var c *Customer
			if c, err = Load("ana", string(old), d); err == nil {
				got, err = c.sections(), c.Err()
			}
		case 'c':
			want = meta.Commit
			got, err = ParseCommit(old)
		case 'm':
			want = meta
			got, err = ParseMeta(old)
		}
		if diff := cmp.Diff(want, got, same); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

// Each format of patches has a file with a record, a note and a patch with a section and a
// note, a line each.
func TestOlderPatchesAreRead(t *testing.T) {
	events := []func(*Customer){
		func(c *Customer) {
			c.AddEvent(1 << 60)
			c.Seen(1 << 51)
			c.AddView(View{SKU: "tea", Category: "drinks", At: 1 << 51})
		},
		func(c *Customer) {
			c.AddEvent(1 << 61)
			c.Seen(1<<51 + 1)
			c.EditCart().ID = "k9"
		},
	}
	name := filepath.Join("testdata", fmt.Sprintf("patch.%d.hex", patchFormat))
	d := disk{}
	d.commit(t, typical())
	if *update {
		lines := hex.EncodeToString([]byte(d[CoreSection])) + "\n"
		for _, happens := range events {
			c := d.load(t)
			happens(c)
			changes := d.commit(t, c)
			lines += hex.EncodeToString(changes[len(changes)-1].Patch) + "\n"
		}
		write(t, name, lines)
		d = disk{}
		d.commit(t, typical())
	}
	var record string
	for i, line := range strings.Fields(read(t, name)) {
		b, err := hex.DecodeString(line)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			record = string(b)
		} else if record, err = Patched(record, string(b)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Load("ana", record, d)
	if err != nil {
		t.Fatal(err)
	}
	want := typical()
	for _, happens := range events {
		happens(want)
	}
	if diff := cmp.Diff(want.sections(), got.sections(), same); diff != "" || got.Err() != nil {
		t.Errorf("%s: %v (-meant +read):\n%s", name, got.Err(), diff)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
