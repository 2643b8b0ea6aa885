package main

import (
	"strings"
	"testing"

	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/state/store"
)

func TestWhatVerifyPrintsOfWrongTasks(t *testing.T) {
	spoilt := &processor.Verified{
		Task: 3, Seq: 12, Committed: 12, Position: 40, Sections: 9, Local: [32]byte{1}, Log: [32]byte{2}, Differ: 3,
		Differences: []store.Difference{
			{Section: state.CoreSection, Subject: "ana", Mine: 10, Other: 12}, {Section: state.CartSection, Subject: "bob", Mine: -1, Other: 7},
		},
		Unarmed: []string{"cid"},
	}
	sound := &processor.Verified{Task: 1, Seq: 5, Committed: 5}
	old := &processor.Verified{Task: 2, Seq: 5, Committed: 5, Stale: "it is old"}
	lost := &processor.Verified{Task: 0, Seq: 5, Committed: 6, Stale: "it is old"}
	for _, c := range []struct {
		of   *processor.Verified
		json bool
		want string
	}{
		{spoilt, false, `task 3  transaction 12  9 records  01` + strings.Repeat("0", 62) + `  WRONG: 3 records differ, WRONG: 1 customers wait and are not in the timer index
  core of "ana": 10 bytes here, 12 bytes in the changelog
  cart of "bob": nothing here, 7 bytes in the changelog
  and 1 more
  "cid" is not in the timer index
`},
		{lost, false, `task 0  transaction 5  0 records  WRONG: offsets were committed with transaction 6, which the changelog lacks  not compared, will be read anew: it is old
`},
		{spoilt, true, `{"task":3,"ok":false,"compared":true,"seq":12,"committed_seq":12,"position":40,"sections":9,"digest":"01` + strings.Repeat("0", 62) +
			`","changelog_digest":"02` + strings.Repeat("0", 62) + `","differ":3,"differences":[{"subject":"ana","section":"core","bytes":10,"changelog_bytes":12},` +
			`{"subject":"bob","section":"cart","changelog_bytes":7}],"unarmed":["cid"]}
`},
		{lost, true, `{"task":0,"ok":false,"compared":false,"seq":5,"committed_seq":6,"position":0,"sections":0,"stale":"it is old","differ":0}
`},
		{old, true, `{"task":2,"ok":false,"compared":false,"seq":5,"committed_seq":5,"position":0,"sections":0,"stale":"it is old","differ":0}
`},
		{sound, true, `{"task":1,"ok":true,"compared":true,"seq":5,"committed_seq":5,"position":0,"sections":0,"digest":"` + strings.Repeat("0", 64) +
			`","changelog_digest":"` + strings.Repeat("0", 64) + `","differ":0}
`},
	} {
		var got strings.Builder
		if err := printVerified(&got, c.of, c.json); err != nil {
			t.Fatal(err)
		}
		if got.String() != c.want {
			t.Errorf("task %d, json %v:\n%swant\n%s", c.of.Task, c.json, got.String(), c.want)
		}
	}
}

func TestVerifySumsUpWhatWasComparedAndWhatWasNot(t *testing.T) {
	sound := &processor.Verified{}
	old := &processor.Verified{Stale: "it is old"}
	spoilt := &processor.Verified{Unarmed: []string{"cid"}}
	lost := &processor.Verified{Committed: 1, Stale: "it is old"}
	type tasks = []*processor.Verified
	for _, c := range []struct {
		of   tasks
		want string
	}{
		{tasks{sound}, "1 task in state is as the changelog says"},
		{tasks{sound, sound}, "2 tasks in state are as the changelog says"},
		{tasks{sound, old, old}, "1 task in state is as the changelog says; 2 were not compared: read anew at the next start"},
		{tasks{sound, old, sound}, "2 tasks in state are as the changelog says; 1 was not compared: read anew at the next start"},
		{tasks{old, old}, "2 tasks in state were not compared: read anew at the next start"},
		{tasks{spoilt, sound}, "1 of 2 tasks in state is wrong; delete the folder state/db: it is restored from the changelog at the next start"},
		{tasks{spoilt, lost, old, sound}, "2 of 4 tasks in state are wrong, 2 were not compared; delete the folder state/db: it is restored from the changelog at the next start"},
	} {
		var sum verdicts
		for _, v := range c.of {
			sum.count(v)
		}
		if got := sum.text("state"); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
