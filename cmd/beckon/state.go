package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/state/store"
)

type stateCmd struct {
	Verify stateVerifyCmd `cmd:"" help:"Compare a stopped instance's state with the changelog."`
}

func (stateCmd) Help() string {
	return `Examples:
  beckon state verify --config beckon.yaml`
}

type stateVerifyCmd struct {
	configFlag
	output
}

func (stateVerifyCmd) Help() string {
	return `Reads the changelog of each task that is in state.dir and compares what it says with what is there.
Prints a digest per task, and what differs. The instance must be stopped; its state is read on to the
end of the changelog, as at its next start, and needs as much room again beside it.
A task that cannot be read on is not compared, and in JSON not ok: the next start reads it anew.

Exits with 1 if something is wrong. Then delete the folder: it is restored from the changelog.

Examples:
  beckon state verify --config beckon.yaml
  beckon state verify --output json | jq -r 'select(.ok | not)'`
}

func (c *stateVerifyCmd) Run(ctx context.Context, std streams) (err error) {
	cfg, k, err := c.reach(std)
	if err != nil {
		return err
	}
	dir := string(cfg.State.Dir)
	// Without this the database would wait for ever for a process that nobody ends.
	failed := func(err error) {
		fmt.Fprintf(std.err, "beckon: state.dir: %v\n", orDelete(database(dir), err))
		os.Exit(exitWrong)
	}
	local, err := openStopped(store.Options{Dir: database(dir), Cache: int64(cfg.State.CacheMiB) << 20, OnFatal: failed})
	if err != nil {
		return fmt.Errorf("state.dir: %w", err)
	}
	defer func() {
		if err = errors.Join(err, local.Close()); errors.Is(err, store.ErrFailed) {
			err = orDelete(database(dir), err)
		}
	}()
	temp := filepath.Join(dir, "verify") // ours alone while the state is locked
	if err := os.RemoveAll(temp); err != nil {
		return fmt.Errorf("state.dir: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	scratch, err := store.Open(store.Options{Dir: temp, OnFatal: failed})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()

	shown := newProgress(std.err)
	var sum verdicts
	verification := processor.Verification{App: cfg.App, Kafka: k, Local: local, Scratch: scratch,
		Progress: func(task int, read, end int64) {
			shown.printf("task %d: %d of %d changelog offsets read", task, read, end)
		}}
	err = verification.Run(ctx, func(v *processor.Verified) error {
		shown.clear()
		sum.count(v)
		return printVerified(std.out, v, c.json())
	})
	shown.clear()
	if err != nil {
		return err
	}
	fmt.Fprintln(std.err, sum.text(dir))
	if sum.wrong > 0 {
		return errFound
	}
	return nil
}

// verdicts count tasks. What was not compared may be wrong, too: lost.
type verdicts struct{ tasks, wrong, skipped int }

func (s *verdicts) count(v *processor.Verified) {
	s.tasks++
	if !v.OK() {
		s.wrong++
	}
	if !v.Compared() {
		s.skipped++
	}
}

// text is the sum of it, for people.
func (s *verdicts) text(dir string) string {
	compared := s.tasks - s.skipped
	skipped := fmt.Sprintf("%d %s not compared", s.skipped, agreeing(s.skipped, "was", "were"))
	switch {
	case s.wrong > 0:
		text := fmt.Sprintf("%d of %s in %s %s wrong", s.wrong, counted(s.tasks, "task"), dir, agreeing(s.wrong, "is", "are"))
		if s.skipped > 0 {
			text += ", " + skipped
		}
		return fmt.Sprintf("%s; delete the folder %s: it is restored from the changelog at the next start", text, database(dir))
	case s.skipped == 0:
		return fmt.Sprintf("%s in %s %s as the changelog says", counted(compared, "task"), dir, agreeing(compared, "is", "are"))
	case compared == 0:
		return fmt.Sprintf("%s in %s %s not compared: read anew at the next start", counted(s.skipped, "task"), dir, agreeing(s.skipped, "was", "were"))
	}
	return fmt.Sprintf("%s in %s %s as the changelog says; %s: read anew at the next start", counted(compared, "task"), dir, agreeing(compared, "is", "are"), skipped)
}

// openStopped opens what an instance has left, and makes nothing.
func openStopped(opts store.Options) (*store.Store, error) {
	if _, err := os.Stat(opts.Dir); err != nil {
		return nil, fmt.Errorf("there is no state to verify: %w", err)
	}
	s, err := store.Open(opts)
	if errors.Is(err, store.ErrLocked) {
		return nil, fmt.Errorf("%w; stop it first", err)
	}
	if err != nil {
		return nil, orDelete(opts.Dir, err)
	}
	return s, nil
}

// verified is one task as --output json prints it.
type verified struct {
	Task      int    `json:"task"`
	OK        bool   `json:"ok"` // compared, and nothing is wrong
	Compared  bool   `json:"compared"`
	Seq       uint64 `json:"seq"`
	Committed uint64 `json:"committed_seq"`
	Position  int64  `json:"position"`
	Sections  int64  `json:"sections"`
	Digest    string `json:"digest,omitempty"`
	Changelog string `json:"changelog_digest,omitempty"`
	Stale     string `json:"stale,omitempty"`

	Differ      int          `json:"differ"` // all of them
	Differences []difference `json:"differences,omitempty"`
	Unarmed     []string     `json:"unarmed,omitempty"`
}

type difference struct {
	Subject   string `json:"subject"`
	Section   string `json:"section"`
	Bytes     *int   `json:"bytes,omitempty"` // none: it is missing
	Changelog *int   `json:"changelog_bytes,omitempty"`
}

func printVerified(w io.Writer, v *processor.Verified, asJSON bool) error {
	if !asJSON {
		_, err := io.WriteString(w, verifiedText(v))
		return err
	}
	out := verified{Task: v.Task, OK: v.Compared() && v.OK(), Compared: v.Compared(), Seq: v.Seq, Committed: v.Committed, Position: v.Position, Sections: v.Sections,
		Stale: v.Stale, Differ: v.Differ, Unarmed: v.Unarmed}
	if v.Compared() {
		out.Digest, out.Changelog = hex.EncodeToString(v.Local[:]), hex.EncodeToString(v.Log[:])
	}
	for _, d := range v.Differences {
		out.Differences = append(out.Differences, difference{d.Subject, d.Section.String(), bytesThere(d.Mine), bytesThere(d.Other)})
	}
	return json.NewEncoder(w).Encode(out)
}

func bytesThere(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}

func verifiedText(v *processor.Verified) string {
	text := fmt.Sprintf("task %d  transaction %d  %d records  ", v.Task, v.Seq, v.Sections)
	if v.Lost() {
		text += fmt.Sprintf("WRONG: offsets were committed with transaction %d, which the changelog lacks  ", v.Committed)
	}
	if !v.Compared() {
		return text + "not compared, will be read anew: " + v.Stale + "\n"
	}
	var wrong []string
	if v.Differ > 0 {
		wrong = append(wrong, fmt.Sprintf("WRONG: %d records differ", v.Differ))
	}
	if n := len(v.Unarmed); n > 0 {
		wrong = append(wrong, fmt.Sprintf("WRONG: %d customers wait and are not in the timer index", n))
	}
	verdict := cmp.Or(strings.Join(wrong, ", "), "ok")
	text += fmt.Sprintf("%x  %s\n", v.Local, verdict)
	for _, d := range v.Differences {
		text += fmt.Sprintf("  %s of %q: %s here, %s in the changelog\n", d.Section, d.Subject, sizeText(d.Mine), sizeText(d.Other))
	}
	if more := v.Differ - len(v.Differences); more > 0 {
		text += fmt.Sprintf("  and %d more\n", more)
	}
	for _, subject := range v.Unarmed {
		text += fmt.Sprintf("  %q is not in the timer index\n", subject)
	}
	return text
}

func sizeText(n int) string {
	if n < 0 {
		return "nothing"
	}
	return fmt.Sprintf("%d bytes", n)
}
