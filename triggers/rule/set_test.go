package rule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func names(all []*Trigger) (names []string) {
	for _, t := range all {
		names = append(names, t.Name+"/"+map[bool]string{true: "on", false: "off"}[t.Enabled])
	}
	return names
}

const threeTriggers = `
name: b
start: {on: [order.placed, cart.updated]}
until: [{on: order.cancelled}, {on: order.cancelled, when: event.total > 1}]
goal: {on: feedback.submitted, within: 1d}
steps: [{stop: true}]
---
name: a
start: {on: order.placed}
steps: [{stop: true}]
---
name: z
priority: 90
start: {on: order.placed}
until: {on: order.cancelled}
steps: [{stop: true}]
---
name: off
enabled: false
priority: 99
start: {on: order.placed}
until: {on: order.cancelled}
steps: [{stop: true}]
`

func TestSetFindsTriggersByEventInOrderOfPriorityThenName(t *testing.T) {
	set := mustLoad(t, File{Path: "t.yaml", Data: []byte(threeTriggers)})
	for _, c := range []struct {
		what string
		got  []*Trigger
		want []string
	}{
		{"starts on order.placed", set.StartsOn("order.placed"), []string{"z/on", "a/on", "b/on"}},
		{"starts on cart.updated", set.StartsOn("cart.updated"), []string{"b/on"}},
		{"starts on order.cancelled", set.StartsOn("order.cancelled"), nil},
		{"until order.cancelled", set.UntilOn("order.cancelled"), []string{"off/off", "z/on", "b/on"}},
		{"goal feedback.submitted", set.UntilOn("feedback.submitted"), []string{"b/on"}},
		{"all", set.Triggers, []string{"off/off", "z/on", "a/on", "b/on"}},
	} {
		if got := names(c.got); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

func TestOlderVersionsAreFoundButStartNothing(t *testing.T) {
	old, err := Compile(mustLoad(t, File{Path: "t.yaml", Data: []byte(threeTriggers)}).Current("z").Source)
	if err != nil {
		t.Fatal(err)
	}
	set := mustLoad(t, File{Path: "t.yaml", Data: []byte("name: z\nstart: {on: order.placed}\nsteps: [{wait: 3h}]\n")})
	with := set.WithOlder(old, set.Current("z"))
	if set.Version("z", old.Version) != nil {
		t.Error("WithOlder changed the set it was called on")
	}
	if with.Version("z", old.Version) != old || with.Version("z", set.Current("z").Version) != set.Current("z") {
		t.Error("a version is not found")
	}
	if got := with.UntilOn("order.cancelled"); len(got) != 0 || !with.StoredEnds("order.cancelled") || with.StoredEnds("order.placed") {
		t.Errorf("until of an older version: %v", names(got))
	}
	if got := with.StartsOn("order.placed"); !slices.Equal(got, []*Trigger{set.Current("z")}) {
		t.Errorf("starts: %v", names(got))
	}
	if with.WithOlder().Version("z", old.Version) != old {
		t.Error("adding nothing forgot an older version")
	}
}

func TestPolicyOptionStandsForTheFilesOwn(t *testing.T) {
	files := []File{{Path: "d/policy.yaml", Data: []byte("grace: 1m")}, {Path: "d/t.yaml", Data: []byte(threeTriggers)}}
	set, list := Load(files, Options{Policy: &File{Path: "other.yaml", Data: []byte("grace: 2m")}})
	if set == nil || set.Policy.Grace.String() != "2m0s" || !set.Policy.Given {
		t.Errorf("policy %+v, mistakes %v", set, list)
	}
	if got := mustLoad(t, files[1:]...).Policy; got.Given || got.Grace.String() != "10s" {
		t.Errorf("default policy %+v", got)
	}
}

func TestPolicyTraitsAndCyclesAreRead(t *testing.T) {
	set := mustLoad(t, archive(t, "testdata/several.good.txtar")...)
	p := set.Policy
	if p.Grace.String() != "30s" || p.Zone.String() != "Europe/Bucharest" || !p.RequireAddress["sms"] || p.Bounced != 2 ||
		p.Complained != 1 || p.Holdout != 500 || p.Rate["email"] != 500 || !p.Transactional || len(p.Consent) != 5 {
		t.Errorf("policy %+v", p)
	}
	if p.Quiet.From != 21*60 || p.Quiet.To != 0 || len(p.Quiet.Channels) != 3 || len(p.Quiet.Classes) != 1 {
		t.Errorf("quiet hours %+v", p.Quiet)
	}
	if len(p.Caps) != 3 || p.Caps[0].Max != 1 || p.Caps[0].Per.Hours() != 16 || p.Caps[2].Tags[0] != "cart" {
		t.Errorf("caps %+v", p.Caps)
	}
	if set.Cycles["dairy"] != 7 || set.Cycles["cat food"] != 21.5 {
		t.Errorf("cycles %v", set.Cycles)
	}
	var got []string
	for _, tr := range set.Traits {
		got = append(got, tr.Name)
	}
	if want := []string{"brands", "least", "month", "most", "points", "score", "tier", "views"}; !slices.Equal(got, want) {
		t.Errorf("traits %v, want %v", got, want)
	}
	if tier, score, views := set.Traits[6], set.Traits[5], set.Traits[7]; !tier.Text || score.Text || views.Keep != 50 || views.By == nil {
		t.Errorf("traits %+v %+v %+v", tier, score, views)
	}
}

func TestHashIsOfWhatIsLoaded(t *testing.T) {
	one := File{Path: "t.yaml", Data: []byte("name: z\nstart: {on: order.placed}\nsteps: [{wait: 3h}]\n")}
	pol := File{Path: "policy.yaml", Data: []byte("grace: 1m")}
	hash := func(files ...File) string { return mustLoad(t, files...).Hash }
	with := func(from, to string) File {
		return File{Path: one.Path, Data: []byte(strings.Replace(string(one.Data), from, to, 1))}
	}
	was := hash(one, pol)
	if was == "" || was != hash(pol, one) || was != hash(File{Path: "a/b.yaml", Data: []byte("# hello\n" + string(one.Data))}, pol) {
		t.Error("the order and names of files or a comment change the hash")
	}
	for what, got := range map[string]string{
		"a step":   hash(with("3h", "4h"), pol),
		"enabled":  hash(with("name: z", "name: z\nenabled: false"), pol),
		"migrate":  hash(with("name: z", "name: z\nmigrate: end"), pol),
		"rollout":  hash(with("name: z", "name: z\nrollout: 10%"), pol),
		"a policy": hash(one, File{Path: "policy.yaml", Data: []byte("grace: 2m")}),
		"none":     hash(one),
	} {
		if got == was {
			t.Errorf("%s does not change the hash", what)
		}
	}
}

func TestRolloutLeavesOthersOnTheirVersion(t *testing.T) {
	const text = "name: z\nrollout: %s\nstart: {on: order.placed}\nsteps: [{wait: %s}]\n"
	load := func(share, wait string) *Set {
		return mustLoad(t, File{Path: "t.yaml", Data: fmt.Appendf(nil, text, share, wait)})
	}
	old := load("100%", "1h").Current("z")
	known := Known{Generation: 2, Versions: []Listed{{Store(old), 1}}, Bases: map[string]string{"z": old.Version}}
	ten, fifty := load("10%", "2h").With(known), load("50%", "2h").With(known)
	in, more := 0, 0
	for i := range 2000 {
		who := strconv.Itoa(i)
		first, second := ten.For("z", who), fifty.For("z", who)
		if first == ten.Current("z") {
			in++
			if second != fifty.Current("z") {
				t.Fatalf("%s was in and is out as the share grew", who)
			}
		} else if first != old {
			t.Fatalf("%s is on %v", who, first)
		}
		if second == fifty.Current("z") {
			more++
		}
	}
	if in < 150 || in > 250 || more < 900 || more > 1100 {
		t.Errorf("%d and %d of 2000 are in", in, more)
	}
	if got := names(ten.StartsOn("order.placed")); len(got) != 2 {
		t.Errorf("starts %v", got)
	}
	alone := load("10%", "2h")
	out := 0
	for i := range 2000 {
		if alone.For("z", strconv.Itoa(i)) == nil {
			out++
		}
	}
	if out != 2000-in {
		t.Errorf("%d have no version, %d have one", out, in)
	}
}

func TestNewerAndUnreadableVersions(t *testing.T) {
	set := mustLoad(t, File{Path: "t.yaml", Data: []byte("name: z\nstart: {on: order.placed}\nsteps: [{wait: 3h}]\n")})
	set = set.With(Known{Generation: 4, Versions: []Listed{
		{&Stored{Name: "z", Version: "aaaaaaaa", Source: []byte(`{"name":"z","newer":true}`)}, 5},
		{&Stored{Name: "z", Version: "bbbbbbbb", Source: set.Current("z").Source}, 3},
	}, Paused: []string{"z"}})
	if !set.Newer("z", "aaaaaaaa") || set.Newer("z", "bbbbbbbb") || set.Newer("z", "cccccccc") {
		t.Error("generations are compared wrongly")
	}
	if set.Version("z", "aaaaaaaa") != nil || set.Version("z", "bbbbbbbb") != nil {
		t.Error("a version that cannot be read, or is not what it says, was taken")
	}
	if !set.Paused("z") || set.Paused("y") || !set.With(Known{All: true}).Paused("y") {
		t.Error("paused triggers are mixed up")
	}
}
