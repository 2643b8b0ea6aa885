package state

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/beckon-io/beckon/schemas"
)

func TestChangelogKeys(t *testing.T) {
	for s := range numSections {
		for _, subject := range []string{"ana", "\x00order/17", "\xff", strings.Repeat("x", 300)} {
			key := AppendKey(nil, s, subject)
			gotSection, gotSubject, err := ParseKey(key)
			if gotSection != s || gotSubject != subject || err != nil || IsCommitKey(key) {
				t.Errorf("%s of %q: read back %s of %q, %v", s, subject, gotSection, gotSubject, err)
			}
		}
	}
	if !IsCommitKey(CommitKey()) {
		t.Error("the commit key is not one")
	}
	for key, want := range map[string]error{"": ErrCorrupt, "\x00": ErrCorrupt, "\xff": ErrCorrupt, "\x1fana": ErrNewer, "\xffana": ErrNewer} {
		if _, _, err := ParseKey([]byte(key)); !errors.Is(err, want) {
			t.Errorf("key %q: got %v, want %v", key, err, want)
		}
	}
}

func TestMetadata(t *testing.T) {
	for _, want := range []Metadata{{Seq: 1}, {Seq: math.MaxUint64, Processed: math.MinInt64}, {Seq: 7, Processed: 1 << 50},
		{Seq: math.MaxUint64, Processed: math.MinInt64, Round: Round{N: math.MaxUint64, Lows: [2]schemas.Time{math.MinInt64, math.MinInt64}}}} {
		text := want.String()
		got, err := ParseMetadata(text)
		if diff := cmp.Diff(want, got); diff != "" || err != nil || len(text) > 140 {
			t.Errorf("%q (%d bytes): %v\n%s", text, len(text), err, diff)
		}
	}
	for text, want := range map[string]error{
		"": ErrNoMetadata, "by hand": ErrNoMetadata, "beckon": ErrCorrupt, "beckon1": ErrCorrupt, "beckon1 1": ErrCorrupt,
		"beckon0 1 1": ErrCorrupt, "beckon1 -1 1": ErrCorrupt, "beckon1 1 1 1": ErrCorrupt, "beckon1 1  1": ErrCorrupt, "beckon1 1 1 ": ErrCorrupt, "beckon1 1 1 -1 1 1": ErrCorrupt, "beckon1 1 1 1 1 x": ErrCorrupt, "beckon1 1 1 1 1 1 1": ErrCorrupt, "beckon2 1 1": ErrNewer,
	} {
		if _, err := ParseMetadata(text); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", text, err, want)
		}
	}
}

func FuzzChangelog(f *testing.F) {
	c := Commit{Seq: 9, Clock: 5, Inputs: []Input{{Topic: "t", Partition: 1, Offset: 2, Ahead: []Ahead{{1, 2, nil}, {4, 900, []Span{{700, 701}, {899, 899}}}}}}}
	m := Meta{Commit: c, Position: 3}
	f.Add(c.Append(nil), "beckon1 7 9")
	f.Add(m.Append(nil), "")
	f.Add(AppendKey(nil, CartSection, "ana"), "beckon1 7 -9")
	known := func(t *testing.T, err error) bool {
		if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNewer) && !errors.Is(err, ErrNoMetadata) {
			t.Fatalf("an error of no class: %v", err)
		}
		return err == nil
	}
	f.Fuzz(func(t *testing.T, b []byte, text string) {
		if c, err := ParseCommit(b); known(t, err) {
			again, err := ParseCommit(c.Append(nil))
			if diff := cmp.Diff(c, again, same); diff != "" || err != nil {
				t.Fatalf("commit read again: %v\n%s", err, diff)
			}
		}
		if m, err := ParseMeta(b); known(t, err) {
			again, err := ParseMeta(m.Append(nil))
			if diff := cmp.Diff(m, again, same); diff != "" || err != nil {
				t.Fatalf("meta read again: %v\n%s", err, diff)
			}
		}
		if s, subject, err := ParseKey(b); known(t, err) && string(AppendKey(nil, s, subject)) != string(b) {
			t.Fatal("key made again differs")
		}
		if m, err := ParseMetadata(text); known(t, err) {
			if again, err := ParseMetadata(m.String()); err != nil || again != m {
				t.Fatalf("metadata read again: %v", err)
			}
		}
	})
}
