package policy

import (
	"strconv"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

func at(t *testing.T, s string) schemas.Time {
	t.Helper()
	p, err := schemas.ParseTime(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestConsentModes(t *testing.T) {
	p := &Policy{Consent: map[string]Consent{"email": OptIn, "push": OptOut, "in_app": None}}
	yes := func(ch, purpose string, at schemas.Time) state.Consent {
		return state.Consent{Channel: ch, Purpose: purpose, Granted: true, At: at}
	}
	no := func(ch, purpose string, at schemas.Time) state.Consent {
		return state.Consent{Channel: ch, Purpose: purpose, At: at}
	}
	for _, c := range []struct {
		what    string
		answers []state.Consent
		channel string
		class   schemas.Class
		want    bool
	}{
		{"opt-in without an answer", nil, "email", schemas.Marketing, false},
		{"opt-in granted", []state.Consent{yes("email", "", 1)}, "email", schemas.Marketing, true},
		{"opt-in granted for marketing", []state.Consent{yes("email", "marketing", 1)}, "email", schemas.Marketing, true},
		{"opt-in granted for another purpose", []state.Consent{yes("email", "analytics", 1)}, "email", schemas.Marketing, false},
		{"opt-in granted on all channels", []state.Consent{yes("", "marketing", 1)}, "email", schemas.Marketing, true},
		{"newer refusal", []state.Consent{yes("email", "", 1), no("email", "marketing", 2)}, "email", schemas.Marketing, false},
		{"newer consent", []state.Consent{yes("email", "", 3), no("email", "marketing", 2)}, "email", schemas.Marketing, true},
		{"same moment", []state.Consent{yes("email", "", 2), no("email", "marketing", 2)}, "email", schemas.Marketing, false},
		{"opt-out without an answer", nil, "push", schemas.Marketing, true},
		{"opt-out refused", []state.Consent{no("push", "", 1)}, "push", schemas.Marketing, false},
		{"none needed", []state.Consent{no("in_app", "", 1)}, "in_app", schemas.Marketing, true},
		{"channel not listed", nil, "carrier_pigeon", schemas.Marketing, true},
		{"transactional needs none", nil, "email", schemas.Transactional, true},
	} {
		got := p.consented(&state.Core{Consent: c.answers}, Message{Channel: c.channel, Class: c.class})
		if got != c.want {
			t.Errorf("%s: consented = %v, want %v", c.what, got, c.want)
		}
	}
	p.Transactional = true
	if p.consented(&state.Core{}, Message{Channel: "email", Class: schemas.Transactional}) {
		t.Error("transactional goes out without consent although the policy names the class")
	}
}

func TestSuppression(t *testing.T) {
	p := &Policy{Bounced: 2, Complained: 1}
	for _, c := range []struct {
		what    string
		s       state.Suppression
		answers []state.Consent
		class   schemas.Class
		want    bool
	}{
		{"one bounce", state.Suppression{Bounced: 1}, nil, schemas.Marketing, false},
		{"two bounces", state.Suppression{Bounced: 2}, nil, schemas.Marketing, true},
		{"two bounces stop transactional too", state.Suppression{Bounced: 2}, nil, schemas.Transactional, true},
		{"a complaint", state.Suppression{Complained: 1}, nil, schemas.Marketing, true},
		{"unsubscribed", state.Suppression{Unsubscribed: 5}, nil, schemas.Marketing, true},
		{"unsubscribed from marketing only", state.Suppression{Unsubscribed: 5}, nil, schemas.Transactional, false},
		{"subscribed again", state.Suppression{Unsubscribed: 5}, []state.Consent{{Channel: "email", Granted: true, At: 6}}, schemas.Marketing, false},
		{"unsubscribed after consent", state.Suppression{Unsubscribed: 5}, []state.Consent{{Channel: "email", Granted: true, At: 4}}, schemas.Marketing, true},
	} {
		c.s.Channel = "email"
		core := &state.Core{Suppress: []state.Suppression{c.s}, Consent: c.answers}
		if got := p.suppressed(core, Message{Channel: "email", Class: c.class}); got != c.want {
			t.Errorf("%s: suppressed = %v, want %v", c.what, got, c.want)
		}
		if p.suppressed(core, Message{Channel: "sms", Class: c.class}) {
			t.Errorf("%s: speaks against another channel too", c.what)
		}
	}
}

func TestAddressIsAskedForOnlyWhereRequired(t *testing.T) {
	p := &Policy{RequireAddress: map[string]bool{"sms": true, "push": true}}
	core := &state.Core{}
	for channel, want := range map[string]schemas.Reason{"sms": schemas.NoAddress, "push": schemas.NoAddress, "email": 0} {
		if got := p.Allowed(core, &state.Sends{}, Message{Channel: channel, Class: schemas.Marketing}); got != want {
			t.Errorf("%s without an address: %q, want %q", channel, got, want)
		}
	}
	core.Profile.Phone = "+40"
	if got := p.Allowed(core, &state.Sends{}, Message{Channel: "sms", Class: schemas.Marketing}); got != 0 {
		t.Errorf("sms with a number: %q", got)
	}
}

func TestRollingCaps(t *testing.T) {
	const hour = schemas.Time(time.Hour / time.Microsecond)
	week := 168 * hour
	sent := func(at schemas.Time, channel string, class schemas.Class, priority int) state.Sent {
		return state.Sent{At: at, Channel: channel, Class: class, Priority: priority}
	}
	mk := schemas.Marketing
	email16h := Cap{Channels: []string{"email"}, Max: 1, Per: 16 * time.Hour}
	three7d := Cap{Classes: []schemas.Class{mk}, Max: 3, Per: 7 * 24 * time.Hour}
	for _, c := range []struct {
		what string
		caps []Cap
		sent []state.Sent
		m    Message
		want schemas.Reason
	}{
		{"nothing sent", []Cap{email16h}, nil, Message{At: hour, Channel: "email", Class: mk}, 0},
		{"within", []Cap{email16h}, []state.Sent{sent(hour, "email", mk, 0)}, Message{At: 17*hour - 1, Channel: "email", Class: mk}, schemas.FrequencyCap},
		{"exactly the period later", []Cap{email16h}, []state.Sent{sent(hour, "email", mk, 0)}, Message{At: 17 * hour, Channel: "email", Class: mk}, 0},
		{"another channel", []Cap{email16h}, []state.Sent{sent(hour, "push", mk, 0)}, Message{At: 2 * hour, Channel: "email", Class: mk}, 0},
		{"transactional is not counted", []Cap{email16h}, []state.Sent{sent(hour, "email", schemas.Transactional, 0)}, Message{At: 2 * hour, Channel: "email", Class: mk}, 0},
		{"transactional is not stopped", []Cap{email16h}, []state.Sent{sent(hour, "email", mk, 0)}, Message{At: 2 * hour, Channel: "email", Class: schemas.Transactional}, 0},
		{"across midnight", []Cap{{Max: 1, Per: 24 * time.Hour}}, []state.Sent{sent(23*hour, "email", mk, 0)}, Message{At: 25 * hour, Channel: "email", Class: mk}, schemas.FrequencyCap},
		{"all must hold", []Cap{email16h, three7d}, []state.Sent{sent(1*hour, "push", mk, 0), sent(2*hour, "push", mk, 0), sent(3*hour, "sms", mk, 0)}, Message{At: 4 * hour, Channel: "email", Class: mk}, schemas.FrequencyCap},
		{"a week later", []Cap{email16h, three7d}, []state.Sent{sent(1*hour, "push", mk, 0), sent(2*hour, "push", mk, 0), sent(3*hour, "sms", mk, 0)}, Message{At: week + hour, Channel: "email", Class: mk}, 0},
		{"filled at the same instant by a higher priority", []Cap{email16h}, []state.Sent{sent(hour, "email", mk, 90)}, Message{At: hour, Channel: "email", Class: mk, Priority: 50}, schemas.LowerPriority},
		{"filled at the same instant by an equal priority", []Cap{email16h}, []state.Sent{sent(hour, "email", mk, 50)}, Message{At: hour, Channel: "email", Class: mk, Priority: 50}, schemas.FrequencyCap},
		{"full already before the higher priority", []Cap{{Max: 2, Per: time.Hour}}, []state.Sent{sent(hour-2, "email", mk, 1), sent(hour-1, "email", mk, 1), sent(hour, "email", mk, 90)}, Message{At: hour, Channel: "email", Class: mk, Priority: 50}, schemas.FrequencyCap},
		{"a late message may not overfill a later window", []Cap{email16h}, []state.Sent{sent(20*hour, "email", mk, 0)}, Message{At: 10 * hour, Channel: "email", Class: mk}, schemas.FrequencyCap},
		{"a late message far enough before", []Cap{email16h}, []state.Sent{sent(30*hour, "email", mk, 0)}, Message{At: 10 * hour, Channel: "email", Class: mk}, 0},
	} {
		p := &Policy{Caps: c.caps}
		if got := p.capped(&state.Sends{Recent: c.sent}, c.m); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

func TestCapsByTag(t *testing.T) {
	p := &Policy{Caps: []Cap{{Tags: []string{"promo"}, Max: 1, Per: time.Hour}}}
	sends := &state.Sends{Recent: []state.Sent{{At: 1, Channel: "email", Class: schemas.Marketing, Tags: []string{"cart", "promo"}}}}
	if got := p.capped(sends, Message{At: 2, Channel: "sms", Class: schemas.Marketing, Tags: []string{"promo"}}); got != schemas.FrequencyCap {
		t.Errorf("same tag: %q", got)
	}
	if got := p.capped(sends, Message{At: 2, Channel: "sms", Class: schemas.Marketing}); got != 0 {
		t.Errorf("no tag: %q", got)
	}
}

func TestQuietHours(t *testing.T) {
	bucharest, err := time.LoadLocation("Europe/Bucharest")
	if err != nil {
		t.Fatal(err)
	}
	night, noon := &Quiet{From: 21 * 60, To: 9 * 60}, &Quiet{From: 12 * 60, To: 14 * 60}
	for _, c := range []struct {
		q        *Quiet
		at, want string // want is empty outside
	}{
		{night, "2026-01-15T18:59:59Z", ""},
		{night, "2026-01-15T19:00:00Z", "2026-01-16T07:00:00Z"},
		{night, "2026-01-16T03:00:00Z", "2026-01-16T07:00:00Z"},
		{night, "2026-01-16T06:59:59.999999Z", "2026-01-16T07:00:00Z"},
		{night, "2026-01-16T07:00:00Z", ""},
		{night, "2026-03-28T20:00:00Z", "2026-03-29T06:00:00Z"}, // the clock changes in that night
		{noon, "2026-01-15T09:59:59Z", ""},
		{noon, "2026-01-15T10:00:00Z", "2026-01-15T12:00:00Z"},
		{noon, "2026-01-15T12:00:00Z", ""},
		{&Quiet{From: 3*60 + 15, To: 3*60 + 45}, "2026-03-29T01:00:00Z", ""},                   // both bounds in the gap: empty that day
		{&Quiet{From: 21 * 60, To: 3*60 + 30}, "2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z"}, // fold: the first 03:30 ends it
		{&Quiet{From: 21 * 60, To: 3*60 + 30}, "2026-10-25T01:00:00Z", ""},                     // 03:00 for the second time
		{&Quiet{From: 22 * 60, To: 3*60 + 30}, "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"}, // gap: its end
	} {
		end, ok := c.q.Until(at(t, c.at), bucharest)
		if ok != (c.want != "") || ok && end.String() != c.want {
			t.Errorf("%v at %s: %s %v, want %q", *c.q, c.at, end, ok, c.want)
		}
	}
}

func TestQuietHoursCoverMarketingUnlessTold(t *testing.T) {
	q := &Quiet{From: 1, To: 2, Channels: []string{"sms"}}
	all := &Quiet{From: 1, To: 2, Classes: []schemas.Class{schemas.Transactional}}
	for _, c := range []struct {
		q       *Quiet
		channel string
		class   schemas.Class
		want    bool
	}{
		{nil, "sms", schemas.Marketing, false},
		{q, "sms", schemas.Marketing, true},
		{q, "email", schemas.Marketing, false},
		{q, "sms", schemas.Transactional, false},
		{all, "email", schemas.Transactional, true},
		{all, "email", schemas.Marketing, false},
	} {
		if got := c.q.Covers(c.channel, c.class); got != c.want {
			t.Errorf("%v covers %s %s: %v", c.q, c.channel, c.class, got)
		}
	}
	if w := (&Quiet{From: 21 * 60, To: 9*60 + 5}).Window(time.UTC); *w != (schemas.Quiet{From: "21:00", To: "09:05", Zone: "UTC"}) {
		t.Errorf("window %+v", *w)
	}
}

func TestShareIsStickyAndAboutRight(t *testing.T) {
	held := 0
	for i := range 20_000 {
		name := "customer-" + strconv.Itoa(i)
		small, large := Share(500).Holds("holdout", name), Share(1000).Holds("holdout", name)
		if small && !large {
			t.Fatalf("%s leaves a holdout that grows", name)
		}
		if small {
			held++
		}
	}
	if held < 850 || held > 1150 {
		t.Errorf("5%% of 20000 held %d", held)
	}
	if Share(0).Holds("x") || !Share(10_000).Holds("x") {
		t.Error("0% or 100% is not whole")
	}
}
