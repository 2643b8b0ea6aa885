package store

import (
	"slices"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// give commits points of a customer.
func give(t *testing.T, task *Task, subject string, points int) {
	t.Helper()
	customer(t, task, subject).EditCore().Points = int64(points)
	apply(t, task)
}

// inMemory are the bytes that a store's tasks hold, closed ones included.
func inMemory(s *Store) (bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.records {
		p.mu.Lock()
		bytes += p.slabs.bytes
		p.mu.Unlock()
	}
	return bytes
}

// Tasks that moved away take nothing of the memory that those share which are open.
func TestClosedTasksHoldNoMemory(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	for id := range TaskID(3) {
		task := openTask(t, s, id)
		give(t, task, "ana", int(id))
		task.Close()
	}
	open := openTask(t, s, 3)
	give(t, open, "ana", 3)
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	if got, want := inMemory(s), open.records.slabs.bytes; got != want || want == 0 {
		t.Errorf("%d bytes are in memory, %d of the task that is open", got, want)
	}
	for id := range TaskID(4) {
		if c, err := s.Customer(id, "ana"); err != nil || c.Core().Points != int64(id) {
			t.Errorf("ana of task %d: %v, %v", id, c, err)
		}
	}
	open.Close()
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	if got := inMemory(s); got != 0 {
		t.Errorf("%d bytes are in memory and no task is open", got)
	}
}

// What a flush has not written is not forgotten.
func TestWhatWaitsIsNotForgotten(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	task := openTask(t, s, 1)
	give(t, task, "ana", 7)
	task.Close()
	s.forgetClosed()
	if c, err := s.Customer(1, "ana"); err != nil || c.Core().Points != 7 {
		t.Errorf("ana: %v, %v", c, err)
	}
}

// A task that is opened while a flush forgets what nobody uses works on records that
// are written back.
func TestTaskIsOpenedBesideAFlush(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	end := make(chan struct{})
	var beside sync.WaitGroup
	beside.Go(func() {
		for {
			select {
			case <-end:
				return
			default:
				s.forgetClosed()
			}
		}
	})
	defer beside.Wait()
	defer close(end)
	for i := range 3000 {
		task := openTask(t, s, 1)
		give(t, task, "ana", i)
		task.Close()
		if c, err := s.Customer(1, "ana"); err != nil || c.Core().Points != int64(i) {
			t.Fatalf("opened %d times, ana has %d points (%v)", i+1, c.Core().Points, err)
		}
		if err := s.writeBack(1); err != nil {
			t.Fatal(err)
		}
	}
}

// The group's join waits for the list.
func TestListingTasksWritesNothing(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	give(t, openTask(t, s, 5), "ana", 1)
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, id := range []TaskID{3, 4} {
		give(t, openTask(t, s, id), "ana", 1)
	}
	openTask(t, s, 6) // nothing is known of it
	if got, err := s.Tasks(); err != nil || !slices.Equal(got, []TaskID{3, 4, 5}) {
		t.Errorf("tasks %v, %v", got, err)
	}
	for _, id := range []TaskID{3, 4} {
		if v, err := s.find(metaKey(id)); v != nil || err != nil {
			t.Errorf("task %d was written for the list (%v)", id, err)
		}
	}
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Tasks(); err != nil || !slices.Equal(got, []TaskID{3, 4, 5}) {
		t.Errorf("after a flush tasks %v, %v", got, err)
	}
}
