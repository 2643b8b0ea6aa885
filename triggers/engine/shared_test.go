package engine

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// sharedLines reads a packed file of the data folder beside the repository.
func sharedLines(t *testing.T, name string, each func(line []byte)) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", name))
	if err != nil {
		if os.Getenv("BECKON_REQUIRE_SHARED") == "1" {
			t.Fatal(err)
		}
		t.Skipf("NOT TESTED on recorded events: %v; BECKON_REQUIRE_SHARED=1 makes this a failure", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReaderSize(z, 1<<20)
	for {
		line, err := lines.ReadSlice('\n')
		if len(line) > 1 {
			each(line)
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A year of real baskets leaves the purchase days and medians that an
// independent program computes. It keeps all gaps, a customer's record the last
// 20, so skus with more are left to the arithmetic of the others. In short,
// every eighth customer is looked at.
func TestPurchaseDaysOfAYearOfBaskets(t *testing.T) {
	least := 48_000
	if testing.Short() {
		least /= 10
	}
	chosen := func(customer string) bool { return !testing.Short() || crc32.ChecksumIEEE([]byte(customer))%8 == 0 }
	e := New(Config{App: "beckon", Set: rule.NewSet(nil, nil)})
	customers := map[string]*state.Customer{}
	subject := regexp.MustCompile(`"subject":"([^"]*)"`)
	sharedLines(t, "completejourney.orders.dev.jsonl.gz", func(line []byte) {
		if m := subject.FindSubmatch(line); m == nil || !chosen(string(m[1])) {
			return
		}
		ev, err := schemas.Decode(line, nil, schemas.DecodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		c := customers[ev.Subject]
		if c == nil {
			c = state.New(ev.Subject)
			customers[ev.Subject] = c
		}
		e.Apply(c, ev, Env{Wall: ev.Time})
	})

	checked, wrong := 0, 0
	sharedLines(t, "expected/completejourney.replenishment.jsonl.gz", func(line []byte) {
		var want struct {
			Customer, SKU string
			PurchaseDays  int          `json:"purchase_days"`
			MedianGapDays float64      `json:"median_gap_days"`
			PredictedAt   schemas.Time `json:"predicted_at"`
		}
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		if !chosen(want.Customer) {
			return
		}
		bought := customers[want.Customer].Cycles().Of(want.SKU).Days
		if want.PurchaseDays > state.MaxPurchaseDays {
			if len(bought) != state.MaxPurchaseDays {
				t.Errorf("%s %s: %d days kept of %d", want.Customer, want.SKU, len(bought), want.PurchaseDays)
			}
			return
		}
		checked++
		if len(bought) != want.PurchaseDays {
			wrong++
			return
		}
		last := schemas.Time(bought[len(bought)-1]) * day
		if gap := medianGap(bought); gap != want.MedianGapDays || last.Add(time.Duration(gap*float64(24*time.Hour))) != want.PredictedAt {
			wrong++
		}
	})
	if wrong > 0 || checked < least {
		t.Errorf("%d of %d expected cycles differ", wrong, checked)
	}
}
