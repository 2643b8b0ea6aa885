package schemas

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-01T10:00:00Z":             "2026-03-01T10:00:00Z",
		"2026-03-01T10:00:00.1Z":           "2026-03-01T10:00:00.1Z",
		"2026-03-01T10:00:00.123456999Z":   "2026-03-01T10:00:00.123456Z",
		"2026-03-01T00:30:00+02:00":        "2026-02-28T22:30:00Z",
		"2026-03-01T00:30:00-23:59":        "2026-03-02T00:29:00Z",
		"2024-02-29T00:00:00Z":             "2024-02-29T00:00:00Z",
		"1970-01-01T00:00:00.000001Z":      "1970-01-01T00:00:00.000001Z",
		"9999-12-31T23:59:59.999999Z":      "9999-12-31T23:59:59.999999Z",
		"9999-12-31T23:59:59.999999-00:01": "",
		"1970-01-01T00:00:00Z":             "",
		"1969-12-31T23:59:59Z":             "",
		"2023-02-29T00:00:00Z":             "",
		"2026-13-01T00:00:00Z":             "",
		"2026-00-01T00:00:00Z":             "",
		"2026-01-00T00:00:00Z":             "",
		"2026-01-01T24:00:00Z":             "",
		"2026-01-01T00:60:00Z":             "",
		"2026-01-01T00:00:60Z":             "",
		"2026-01-01T00:00:00":              "",
		"2026-03-01t11:00:00z":             "2026-03-01T11:00:00Z",
		"2026-03-01t11:00:00.5+01:00":      "2026-03-01T10:00:00.5Z",
		"2026-01-01_00:00:00Z":             "",
		"2026-01-01T00:00:00\x1a":          "",
		"2026-01-01 00:00:00Z":             "",
		"2026-01-01T00:00:00,5Z":           "",
		"2026-01-01T00:00:00.Z":            "",
		"2026-01-01T00:00:00+0200":         "",
		"2026-01-01T00:00:00+24:00":        "",
		"+026-01-01T00:00:00Z":             "",
		"2026-01-01":                       "",
		"":                                 "",
	} {
		got, err := ParseTime(text)
		if (err == nil) != (want != "") || got.String() != want {
			t.Errorf("ParseTime(%q) = %s, %v; want %q", text, got, err, want)
		}
	}
}

func TestParseTimeKnowsEveryDay(t *testing.T) {
	last := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	var b []byte
	for day := time.Date(1970, 1, 2, 0, 0, 0, 0, time.UTC); !day.After(last); day = day.AddDate(0, 0, 1) {
		b = day.AppendFormat(b[:0], time.RFC3339)
		if got, ok := parseTime(b); !ok || got != FromTime(day) {
			t.Fatalf("%s is %s, %v", b, got, ok)
		}
		if next := day.AddDate(0, 0, 1); next.Day() == 1 {
			b[8], b[9] = byte('0'+(day.Day()+1)/10), byte('0'+(day.Day()+1)%10)
			if got, ok := parseTime(b); ok {
				t.Fatalf("%s is %s", b, got)
			}
		}
		if day.Year() > 2400 {
			day = day.AddDate(0, 0, 6)
		}
	}
}

func TestTimeInJSON(t *testing.T) {
	var v struct{ A, B Time }
	if err := json.Unmarshal([]byte(`{"A":"2026-03-01T10:00:00.5Z","B":""}`), &v); err != nil {
		t.Fatal(err)
	}
	if out, err := json.Marshal(v); err != nil || string(out) != `{"A":"2026-03-01T10:00:00.5Z","B":""}` {
		t.Errorf("got %s, %v", out, err)
	}
	if err := json.Unmarshal([]byte(`{"A":"today"}`), &v); err == nil {
		t.Error("today was taken for a time")
	}
}

func TestTimeArithmetic(t *testing.T) {
	at := instant(t, "2026-03-01T10:00:00Z")
	if got := at.Add(90 * time.Minute); got.String() != "2026-03-01T11:30:00Z" {
		t.Errorf("Add: %s", got)
	}
	if got := at.Add(time.Hour).Sub(at); got != time.Hour {
		t.Errorf("Sub: %s", got)
	}
	if got := maxTime.Sub(1); got != 1<<63-1 {
		t.Errorf("Sub over 292 years: %d", got)
	}
	if got := Time(1).Sub(maxTime); got != -1<<63 {
		t.Errorf("Sub under -292 years: %d", got)
	}
	if FromTime(time.Time{}) != 0 || !Time(0).Std().IsZero() || FromTime(at.Std()) != at {
		t.Error("conversion to time.Time and back")
	}
}

func FuzzParseTime(f *testing.F) {
	f.Add("2026-03-01T10:00:00.25+02:00")
	f.Add("9999-12-31t23:59:59z")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseTime(s)
		if err != nil {
			return
		}
		want, err := time.Parse(time.RFC3339Nano, strings.ToUpper(s)) // t and z may be small, which it does not know
		if err != nil {
			t.Fatalf("%q: taken as %s, but time.Parse says %v", s, got, err)
		}
		if FromTime(want) != got {
			t.Errorf("%q = %s, want %s", s, got, want)
		}
		if again, err := ParseTime(got.String()); err != nil || again != got {
			t.Errorf("%q: written as %s it reads as %s, %v", s, got, again, err)
		}
	})
}
