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
		{spoilt, true, `{"task":3,"ok":false,"seq":12,"committed_seq":12,"position":40,"sections":9,"digest":"01` + strings.Repeat("0", 62) +
			`","changelog_digest":"02` + strings.Repeat("0", 62) + `","differ":3,"differences":[{"subject":"ana","section":"core","bytes":10,"changelog_bytes":12},` +
			`{"subject":"bob","section":"cart","changelog_bytes":7}],"unarmed":["cid"]}
`},
		{lost, true, `{"task":0,"ok":false,"seq":5,"committed_seq":6,"position":0,"sections":0,"stale":"it is old","differ":0}
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
