package store

import (
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beckon-io/beckon/state"
)

func TestCompareNamesWhatDiffers(t *testing.T) {
	a, b := openMem(t, vfs.NewMem()), openMem(t, vfs.NewMem())
	defer a.Close()
	defer b.Close()
	ours, theirs := openTask(t, a, 3), openTask(t, b, 3)
	for subject, tiers := range map[string][2]string{
		"ana": {"gold", "gold"}, "bob": {"gold", "platinum"}, "cid": {"gold", ""}, "dan": {"", "gold"}, "eva": {"gold", "gold"},
	} {
		for i, task := range []*Task{ours, theirs} {
			if tiers[i] != "" {
				customer(t, task, subject).EditCore().Tier = tiers[i]
			}
		}
	}
	apply(t, ours)
	apply(t, theirs)
	var got []string
	err := a.Compare(b, 3, func(d Difference) {
		if d.Section != state.CoreSection {
			t.Errorf("%s: section %v", d.Subject, d.Section)
		}
		switch {
		case d.Mine < 0:
			got = append(got, d.Subject+" is missing")
		case d.Other < 0:
			got = append(got, d.Subject+" is too much")
		default:
			got = append(got, d.Subject+" differs")
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"bob differs", "cid is too much", "dan is missing"}; !slices.Equal(got, want) {
		t.Errorf("differences %q, want %q", got, want)
	}
}

func TestUnarmedFindsTheWaitThatNobodyWouldEnd(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	task := openTask(t, s, 0)
	for _, subject := range []string{"ana", "bob", "cid"} {
		wait(task, customer(t, task, subject), 100)
	}
	apply(t, task)
	wait(task, customer(t, task, "bob"), 300) // keeps its earlier entry
	apply(t, task)
	unarmed := func() []string {
		t.Helper()
		list, err := s.Unarmed(0)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if got := unarmed(); len(got) > 0 {
		t.Errorf("in a sound store %q", got)
	}
	for _, subject := range []string{"ana", "bob"} {
		if err := s.db.Delete(appendTimerKey(nil, 0, timer{100, subject}), pebble.NoSync); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := unarmed(), []string{"ana", "bob"}; !slices.Equal(got, want) {
		t.Errorf("without their timers %q, want %q", got, want)
	}
	if err := s.Rebuild(0); err == nil {
		t.Error("the timers of an open task were rebuilt")
	}
	task.Close()
	if err := s.Rebuild(0); err != nil {
		t.Fatal(err)
	}
	if got := unarmed(); len(got) > 0 {
		t.Errorf("after Rebuild %q", got)
	}
}
