package sets

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
)

// The kinds of records, the parts of keys before the first slash.
const (
	setKind      = "set"
	versionKind  = "version"
	pauseKind    = "pause"
	instanceKind = "instance"
	barrierKey   = "barrier"
)

// setRecord is a numbered set, and who loaded it first.
type setRecord struct {
	rule.Manifest
	At schemas.Time `json:"at"`
	By string       `json:"by,omitempty"`
}

// versionRecord is one version of a trigger.
type versionRecord struct {
	Source json.RawMessage `json:"source"`
	Ends   []string        `json:"ends,omitempty"`
}

// Pause says since when a trigger is paused.
type Pause struct {
	Trigger string       `json:"trigger,omitempty"` // empty: everything
	At      schemas.Time `json:"at"`
	By      string       `json:"by,omitempty"`
}

// Instance is a process of the app and the set that it uses.
type Instance struct {
	Name       string       `json:"instance"`
	Hash       string       `json:"hash"`
	Generation int64        `json:"generation"`
	At         schemas.Time `json:"at"` // when it loaded the set
}

// record makes a record; a nil value is a tombstone.
func record(topic, key string, value any) (*kgo.Record, error) {
	r := &kgo.Record{Topic: topic, Key: []byte(key)}
	if value == nil {
		return r, nil
	}
	var err error
	if r.Value, err = json.Marshal(value); err != nil {
		return nil, fmt.Errorf("write %s: %w", key, err)
	}
	return r, nil
}

// world is all that the topic says.
type world struct {
	history   *rule.History
	first     map[string]setRecord // by hash
	paused    map[string]Pause     // by trigger
	instances map[string]Instance  // by name
}

func newWorld() *world {
	return &world{rule.NewHistory(), map[string]setRecord{}, map[string]Pause{}, map[string]Instance{}}
}

// take lets a record count. Matters tells whether sets have to be placed anew.
func (w *world) take(r *kgo.Record) (matters bool, err error) {
	kind, name, _ := strings.Cut(string(r.Key), "/")
	switch kind {
	case setKind:
		return true, w.takeSet(r.Value)
	case versionKind:
		return true, w.takeVersion(name, r.Value)
	case pauseKind:
		return true, w.takePause(name, r.Value)
	case instanceKind:
		return false, w.takeInstance(name, r.Value)
	}
	return false, nil
}

func (w *world) takeSet(value []byte) error {
	var s setRecord
	if value == nil {
		return nil
	}
	if err := json.Unmarshal(value, &s); err != nil {
		return err
	}
	if w.history.Add(s.Manifest) {
		w.first[s.Hash] = s
	}
	return nil
}

func (w *world) takeVersion(name string, value []byte) error {
	name, version, _ := strings.Cut(name, "/")
	var v versionRecord
	if value == nil {
		return nil
	}
	if err := json.Unmarshal(value, &v); err != nil {
		return err
	}
	w.history.AddVersion(&rule.Stored{Name: name, Version: version, Source: v.Source, Ends: v.Ends})
	return nil
}

func (w *world) takePause(trigger string, value []byte) error {
	var p Pause
	if value == nil {
		delete(w.paused, trigger)
	} else {
		if err := json.Unmarshal(value, &p); err != nil {
			return err
		}
		p.Trigger = trigger
		w.paused[trigger] = p
	}
	w.history.Pause(trigger, value != nil)
	return nil
}

func (w *world) takeInstance(name string, value []byte) error {
	var i Instance
	if value == nil {
		delete(w.instances, name)
		return nil
	}
	if err := json.Unmarshal(value, &i); err != nil {
		return err
	}
	i.Name = name
	w.instances[name] = i
	return nil
}
