package kafka

import "time"

// CloseWithin closes a client and waits for that, but no longer than most: a client
// cannot leave its group, or end its sessions, while a request is under way that a
// broker, frozen or cut off, does not answer. It is false if the client goes on closing
// by itself; until it has, its callbacks may still be called.
func CloseWithin(most time.Duration, close func()) bool {
	closed := make(chan struct{}, 1)
	go func() {
		close()
		closed <- struct{}{}
	}()
	late := time.NewTimer(most)
	defer late.Stop()
	select {
	case <-closed:
		return true
	case <-late.C:
		return false
	}
}
