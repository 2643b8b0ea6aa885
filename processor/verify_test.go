package processor

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/state/store"
)

// verify runs a verification of a stopped process's disk, after change.
func (w *world) verify(d *disk, change func(*store.Store)) []Verified {
	w.t.Helper()
	local, err := store.Open(store.Options{Dir: "state", FS: d.fs})
	if err != nil {
		w.t.Fatal(err)
	}
	defer local.Close()
	if change != nil {
		change(local)
	}
	scratch, err := store.Open(store.Options{Dir: "scratch", FS: newDisk("scratch").fs})
	if err != nil {
		w.t.Fatal(err)
	}
	defer scratch.Close()
	var all []Verified
	err = Verification{App: "shop", Kafka: w.kafka, Local: local, Scratch: scratch}.Run(context.Background(), func(v *Verified) error {
		all = append(all, *v)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// spoil changes a customer behind the changelog's back.
func spoil(t *testing.T, s *store.Store, id store.TaskID, subject string) {
	t.Helper()
	task, err := s.Task(id)
	if err != nil {
		t.Fatal(err)
	}
	defer task.Close()
	c, err := task.Customer(subject)
	if err != nil {
		t.Fatal(err)
	}
	c.EditCore().Tier = "gold"
	if _, err := task.Seal(nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(store.Update{Task: task, Meta: task.Meta()}); err != nil {
		t.Fatal(err)
	}
}

func TestVerifyFindsWhatDiffers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{1, map[string]int32{"carts": 1, "orders": 1}})
		defer w.close()
		first := newDisk("a")
		p := w.start(first, 1)
		w.event("carts", "cart.updated", "ana", full)
		w.event("carts", "cart.updated", "bob", full)
		time.Sleep(10 * time.Second)
		w.stop(p)
		sound := w.verify(first, nil)
		if len(sound) != 1 || !sound[0].OK() || sound[0].Stale != "" || sound[0].Sections != 2 || sound[0].Seq == 0 || sound[0].Committed != sound[0].Seq {
			t.Fatalf("a sound copy: %+v", sound)
		}
		// Another process goes on; the copy follows.
		p = w.start(newDisk("b"), 1)
		w.event("carts", "cart.updated", "cid", full)
		time.Sleep(10 * time.Second)
		w.stop(p)
		behind := w.verify(first, nil)
		if !behind[0].OK() || behind[0].Sections != 3 || behind[0].Seq <= sound[0].Seq {
			t.Fatalf("a copy that is behind: %+v", behind)
		}
		spoilt := w.verify(first, func(s *store.Store) {
			spoil(t, s, 0, "bob")
			spoil(t, s, 0, "nobody")
		})[0]
		if spoilt.OK() || spoilt.Differ != 2 || spoilt.Log != behind[0].Log || spoilt.Local == spoilt.Log {
			t.Fatalf("a spoilt copy: %+v", spoilt)
		}
		for i, want := range []store.Difference{{Subject: "bob"}, {Subject: "nobody", Other: -1}} {
			got := spoilt.Differences[i]
			got.Mine = 0
			if want.Other == 0 {
				got.Other = 0
			}
			if got != want {
				t.Errorf("difference %d is %+v, want %+v", i, spoilt.Differences[i], want)
			}
		}
	})
}

// An old copy would be read anew anyway; offsets ahead of the changelog are
// lost state, whatever the copy says.
func TestVerifyOfOldCopiesAndLostState(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{1, map[string]int32{"carts": 1, "orders": 1}})
		defer w.close()
		disk := newDisk("a")
		p := w.start(disk, 1)
		w.event("carts", "cart.updated", "ana", full)
		time.Sleep(10 * time.Second)
		w.stop(p)
		time.Sleep(13 * time.Hour) // tombstones are kept for 24
		old := w.verify(disk, func(s *store.Store) { spoil(t, s, 0, "ana") })[0]
		if old.Stale == "" || !old.OK() {
			t.Fatalf("an old copy: %+v", old)
		}
		var ahead kadm.Offsets
		ahead.Add(kadm.Offset{Topic: "shop.mailbox", At: 0, LeaderEpoch: -1, Metadata: state.Metadata{Seq: old.Seq + 1}.String()})
		if _, err := kadm.NewClient(w.client).CommitOffsets(context.Background(), "shop", ahead); err != nil {
			t.Fatal(err)
		}
		if lost := w.verify(disk, nil)[0]; lost.OK() || !lost.Lost() || lost.Committed != old.Seq+1 {
			t.Fatalf("offsets ahead of the changelog: %+v", lost)
		}
	})
}
