package console

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/beckon-io/beckon/processor/sets"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
)

// Control changes which triggers a process uses. Any goroutine may call it.
type Control interface {
	// Triggers is what is loaded and paused.
	Triggers() sets.Status
	// Reload loads the files again, all or nothing. ErrRefused says that it is
	// the files that are wrong.
	Reload(ctx context.Context, newest bool) error
	// Pause stops a trigger, or everything where the name is empty, on all
	// instances, or lets it go on.
	Pause(ctx context.Context, trigger string, paused bool, by string) (changed bool, err error)
}

// ErrRefused is of files that can't be loaded; its text says why, place by place.
var ErrRefused = errors.New("nothing was changed")

// Paths of what changes a process.
const (
	PathTriggers = "/api/v1/triggers"
	PathReload   = PathTriggers + "/reload" // POST; ?newest=true
	PathPause    = PathTriggers + "/pause"  // POST; ?trigger=NAME, without it everything
	PathResume   = PathTriggers + "/resume"
)

// Triggers is what GET PathTriggers answers.
type Triggers struct {
	Set        string       `json:"set"` // hash
	Generation int64        `json:"generation"`
	LoadedAt   schemas.Time `json:"loaded_at"`
	// Newest is the set that was loaded last anywhere in the app; a process
	// with another one has older files.
	Newest    Loaded          `json:"newest"`
	Triggers  []Trigger       `json:"triggers"` // as they are evaluated: by priority, then name
	Paused    []sets.Pause    `json:"paused"`   // one without a trigger is everything
	Instances []sets.Instance `json:"instances"`
}

// Loaded names a set.
type Loaded struct {
	Set        string `json:"set"`
	Generation int64  `json:"generation"`
}

// Trigger is one trigger of a set.
type Trigger struct {
	Name     string        `json:"name"`
	Version  string        `json:"version"`
	Enabled  bool          `json:"enabled"`
	Paused   bool          `json:"paused,omitempty"`
	Class    schemas.Class `json:"class"`
	Priority int           `json:"priority"`
	Rollout  float64       `json:"rollout_percent"`
	Base     string        `json:"base,omitempty"` // the version of customers outside of the rollout
}

// Changed is what a POST answers.
type Changed struct {
	Changed    bool   `json:"changed"`
	Set        string `json:"set,omitempty"`
	Generation int64  `json:"generation,omitempty"`
}

// ControlHandler serves what changes a process. Requests that a browser makes
// for another site are refused.
func ControlHandler(c Control) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+PathTriggers, func(w http.ResponseWriter, _ *http.Request) { reply(w, describe(c.Triggers())) })
	mux.HandleFunc("POST "+PathReload, func(w http.ResponseWriter, r *http.Request) {
		query, ok := queryOf(w, r, "newest")
		if !ok {
			return
		}
		newest, err := strconv.ParseBool(cmp.Or(query.Get("newest"), "false"))
		if err != nil {
			http.Error(w, "newest is true or false", http.StatusBadRequest)
			return
		}
		was := c.Triggers()
		if err := c.Reload(r.Context(), newest); err != nil {
			refuse(w, err)
			return
		}
		now := c.Triggers().Set
		reply(w, Changed{was.Set == nil || was.Set.Hash != now.Hash || was.Set.Generation != now.Generation, now.Hash, now.Generation})
	})
	mux.HandleFunc("POST "+PathPause, pausing(c, true))
	mux.HandleFunc("POST "+PathResume, pausing(c, false))
	return http.NewCrossOriginProtection().Handler(mux)
}

func pausing(c Control, paused bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query, ok := queryOf(w, r, "trigger", "by")
		if !ok {
			return
		}
		changed, err := c.Pause(r.Context(), query.Get("trigger"), paused, query.Get("by"))
		if err != nil {
			refuse(w, err)
			return
		}
		reply(w, Changed{Changed: changed})
	}
}

// queryOf is a request's query, not ok where it has been answered: what nobody understands,
// or an empty value, is not taken for everything.
func queryOf(w http.ResponseWriter, r *http.Request, known ...string) (query url.Values, ok bool) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		http.Error(w, "the query cannot be read: "+err.Error(), http.StatusBadRequest)
		return nil, false
	}
	for name, values := range query {
		switch {
		case name == "by" && len(values) == 1: // earlier versions send an empty one
		case !slices.Contains(known, name):
			http.Error(w, fmt.Sprintf("unknown parameter %q; there are %s", name, strings.Join(known, ", ")), http.StatusBadRequest)
			return nil, false
		case len(values) != 1 || values[0] == "":
			http.Error(w, fmt.Sprintf("%s is empty, or there twice; leave it out if it is not meant", name), http.StatusBadRequest)
			return nil, false
		}
	}
	if r.ContentLength != 0 {
		http.Error(w, "parameters go into the query; a body is not read", http.StatusBadRequest)
		return nil, false
	}
	return query, true
}

func refuse(w http.ResponseWriter, err error) {
	status := http.StatusServiceUnavailable
	switch {
	case errors.Is(err, ErrRefused), errors.Is(err, os.ErrNotExist):
		status = http.StatusUnprocessableEntity
	case errors.Is(err, sets.ErrUnknownTrigger):
		status = http.StatusNotFound
	}
	http.Error(w, err.Error(), status)
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(v) // the only error is a reader who has left
}

func describe(s sets.Status) Triggers {
	t := Triggers{
		LoadedAt: s.LoadedAt, Newest: Loaded{s.Newest.Hash, s.Newest.Generation}, Triggers: []Trigger{},
		Paused: append([]sets.Pause{}, s.Paused...), Instances: append([]sets.Instance{}, s.Others...),
	}
	if s.Set == nil {
		return t
	}
	t.Set, t.Generation = s.Set.Hash, s.Set.Generation
	for _, tr := range s.Set.Triggers {
		t.Triggers = append(t.Triggers, trigger(s.Set, tr))
	}
	return t
}

func trigger(set *rule.Set, tr *rule.Trigger) Trigger {
	t := Trigger{
		Name: tr.Name, Version: tr.Version, Enabled: tr.Enabled, Paused: set.Paused(tr.Name),
		Class: tr.Class, Priority: tr.Priority, Rollout: float64(tr.Rollout) / 100,
	}
	if base := set.Base(tr.Name); base != nil {
		t.Base = base.Version
	}
	return t
}
