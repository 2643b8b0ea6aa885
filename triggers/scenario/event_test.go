package scenario

import (
	"testing"
	"time"
)

func TestRepeatedEventsAreNumberedInEveryText(t *testing.T) {
	f, _ := readFile(t, "testdata/all.good.yaml")
	e := f.Scenarios[0].Steps[2].Events[0]
	now := instantOf(t, "2026-03-04T00:00:00Z")
	if e.Count() != 3 {
		t.Fatalf("happens %d times", e.Count())
	}
	ev, err := e.Make(3, now, "e9")
	if err != nil {
		t.Fatal(err)
	}
	if ev.Type != "visit" || ev.ID != "e9" || ev.Source != "scenario" || ev.Subject != "c3" || string(ev.Raw) != `{"list":["3",2],"page":"p3"}` {
		t.Errorf("type %s, id %s, source %s, subject %s, data %s", ev.Type, ev.ID, ev.Source, ev.Subject, ev.Raw)
	}
	if want := now.Add(2 * time.Minute); ev.Time != want {
		t.Errorf("time %v, want %v", ev.Time, want)
	}
}

func TestAnEventSaysWhatIsItsOwn(t *testing.T) {
	f, _ := readFile(t, "testdata/all.good.yaml")
	ev, err := f.Scenarios[0].Steps[0].Events[0].Make(1, instantOf(t, "2026-03-02T08:00:00Z"), "e1")
	if err != nil {
		t.Fatal(err)
	}
	if ev.ID != "v1" || ev.Source != "app" || ev.Subject != "bob" || ev.TraceParent == "" {
		t.Errorf("got %+v", ev)
	}
	given, err := f.Scenarios[0].Setup.Given[0].Make(1, instantOf(t, "2026-03-02T08:00:00Z"), "given-1")
	if err != nil {
		t.Fatal(err)
	}
	if want := instantOf(t, "2026-03-01T08:00:00Z"); given.Time != want {
		t.Errorf("a day before is %v, want %v", given.Time, want)
	}
}

func TestInstants(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Bucharest")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"2026-03-02T10:00:00Z":      "2026-03-02T10:00:00Z",
		"2026-03-02T10:00:00+02:00": "2026-03-02T08:00:00Z",
		"2026-03-02 10:00":          "2026-03-02T08:00:00Z",
		"2026-03-02T10:00:30":       "2026-03-02T08:00:30Z",
		"2026-07-02 10:00:30":       "2026-07-02T07:00:30Z",
		"2026-03-29 03:30":          "2026-03-29T01:00:00Z", // skipped: the gap's end
		"2026-10-25 03:30":          "2026-10-25T00:30:00Z", // twice: the first
	} {
		if got, ok := ParseInstant(text, zone); !ok || got != instantOf(t, want) {
			t.Errorf("%s is %v %v, want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "10:00", "tomorrow", "2026-13-02 10:00", "2026-03-02"} {
		if got, ok := ParseInstant(text, zone); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestPatternsStandBetweenSlashes(t *testing.T) {
	for text, want := range map[string]bool{"/a/": true, "/a|b/": true, "//": false, "/": false, "a/b": false, "/a": false, "": false} {
		if IsPattern(text) != want {
			t.Errorf("IsPattern(%q) = %v", text, !want)
		}
	}
}
