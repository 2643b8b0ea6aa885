package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/beckon-io/beckon/processor/sets"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// process is an Instance and a Control that answers what it is told to.
type process struct {
	customer *state.Customer
	err      error // of everything
	set      *rule.Set
	loads    *rule.Set // what Reload loads
	newest   bool      // what Reload was asked for
	paused   []string  // what Pause was asked for
}

func (p *process) Customer(context.Context, string) (*state.Customer, error) {
	return p.customer, p.err
}
func (p *process) Rules() *rule.Set                      { return &rule.Set{} }
func (p *process) Product(string, string) *state.Product { return nil }
func (p *process) Live(context.Context) error            { return p.err }
func (p *process) Ready(context.Context) error           { return p.err }
func (p *process) Started(context.Context) error         { return p.err }

func (p *process) Triggers() sets.Status { return sets.Status{Set: p.set} }

func (p *process) Reload(_ context.Context, newest bool) error {
	p.newest = newest
	if p.err == nil {
		p.set = p.loads
	}
	return p.err
}

func (p *process) Pause(_ context.Context, trigger string, paused bool, by string) (bool, error) {
	p.paused = append(p.paused, fmt.Sprintf("%s %v by %s", trigger, paused, by))
	return true, p.err
}

// request asks a handler.
func request(h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// spoilt is a customer of whom a section is gone.
func spoilt(t *testing.T) *state.Customer {
	t.Helper()
	c := state.New("ana")
	for i := range 500 {
		c.EditCycles().Add(fmt.Sprintf("sku-%d", i), "", int32(i))
	}
	for _, change := range c.Changes(new(state.Encoder), nil) {
		if change.Section == state.CoreSection {
			c, err := state.Load("ana", string(change.Value), nil)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
	}
	t.Fatal("there is no core record")
	return nil
}

func TestStatusSaysHowTheProcessIs(t *testing.T) {
	sick := errors.New("the store has failed")
	ana := state.New("ana")
	for _, c := range []struct {
		in           process
		method, path string
		status       int
		body         string
	}{
		{process{}, "GET", PathLive, 200, "ok"},
		{process{}, "GET", PathReady, 200, "ok"},
		{process{}, "GET", PathStarted, 200, "ok"},
		{process{err: sick}, "GET", PathLive, 503, "the store has failed"},
		{process{err: sick}, "GET", PathReady, 503, "the store has failed"},
		{process{err: sick}, "GET", PathStarted, 503, "the store has failed"},
		{process{}, "POST", PathLive, 405, ""},
		{process{}, "GET", PathMetrics, 404, ""}, // there is none
		{process{customer: ana}, "GET", PathCustomer + "ana", 200, `"customer":"ana","known":false`},
		{process{customer: ana}, "GET", PathCustomer + "a%2Fb%20c", 200, ""},
		{process{customer: ana}, "GET", PathCustomer, 404, ""},
		{process{customer: ana}, "GET", PathCustomers + "?id=..", 200, `"customer":"ana"`},
		{process{customer: ana}, "GET", PathCustomers, 400, "not a customer id"},
		{process{customer: ana}, "GET", PathCustomer + "%00product", 400, "not a customer id"},
		{process{customer: ana}, "DELETE", PathCustomer + "ana", 405, ""},
		{process{err: ErrElsewhere}, "GET", PathCustomer + "ana", 421, "another one of the app does"},
		{process{err: sick}, "GET", PathCustomer + "ana", 503, "the store has failed"},
		{process{customer: spoilt(t)}, "GET", PathCustomer + "ana", 500, "cycles"},
	} {
		got := request(Handler(&c.in, nil), c.method, c.path)
		if got.Code != c.status || !strings.Contains(got.Body.String(), c.body) {
			t.Errorf("%s %s, err %v: %d %s, want %d %s", c.method, c.path, c.in.err, got.Code, got.Body, c.status, c.body)
		}
	}
}

// What is known of a customer stays in no cache.
func TestAnswersAreNotKept(t *testing.T) {
	got := request(Handler(&process{customer: state.New("ana")}, nil), "GET", PathCustomer+"ana")
	if kept, kind := got.Header().Get("Cache-Control"), got.Header().Get("Content-Type"); kept != "no-store" || kind != "application/json" {
		t.Errorf("Cache-Control %q, Content-Type %q", kept, kind)
	}
}

func TestStatusSaysWhyNothingWasChanged(t *testing.T) {
	for _, c := range []struct {
		err    error
		path   string
		status int
	}{
		{nil, PathReload, 200},
		{fmt.Errorf("%w: 1 mistake", ErrRefused), PathReload, 422},
		{fmt.Errorf("read triggers: %w", os.ErrNotExist), PathReload, 422},
		{errors.New("no broker"), PathReload, 503},
		{nil, PathPause, 200},
		{fmt.Errorf("%w: crat", sets.ErrUnknownTrigger), PathPause, 404},
		{fmt.Errorf("%w: crat", sets.ErrUnknownTrigger), PathResume, 404},
		{errors.New("no broker"), PathResume, 503},
	} {
		got := request(ControlHandler(&process{err: c.err, loads: &rule.Set{}}), "POST", c.path)
		if got.Code != c.status || c.err != nil && !strings.Contains(got.Body.String(), c.err.Error()) {
			t.Errorf("POST %s, err %v: %d %s, want %d", c.path, c.err, got.Code, got.Body, c.status)
		}
		if got := request(ControlHandler(&process{}), "GET", c.path); got.Code != 405 {
			t.Errorf("GET %s: %d, want 405: it changes something", c.path, got.Code)
		}
	}
}

// A page of another site that a browser shows changes nothing here.
func TestOtherSitesChangeNothing(t *testing.T) {
	for _, path := range []string{PathReload, PathPause, PathResume} {
		p := &process{loads: &rule.Set{}}
		if got := request(ControlHandler(p), "POST", path, "Sec-Fetch-Site", "cross-site"); got.Code != 403 || p.set != nil || p.paused != nil {
			t.Errorf("POST %s: %d, want 403 and nothing asked", path, got.Code)
		}
	}
}

func TestReloadTellsWhetherThatChangedTheSet(t *testing.T) {
	first, second := &rule.Set{Hash: "1", Generation: 1}, &rule.Set{Hash: "2", Generation: 2}
	again := &rule.Set{Hash: "1", Generation: 3} // made the newest
	for _, c := range []struct {
		was, now *rule.Set
		query    string
		want     string
	}{
		{nil, first, "", `{"changed":true,"set":"1","generation":1}`},
		{first, first, "", `{"changed":false,"set":"1","generation":1}`},
		{first, second, "", `{"changed":true,"set":"2","generation":2}`},
		{first, again, "?newest=true", `{"changed":true,"set":"1","generation":3}`},
	} {
		p := &process{set: c.was, loads: c.now}
		got := request(ControlHandler(p), "POST", PathReload+c.query)
		if strings.TrimSpace(got.Body.String()) != c.want || p.newest != (c.query != "") {
			t.Errorf("%v to %v: %s, newest %v; want %s", c.was, c.now, got.Body, p.newest, c.want)
		}
	}
}

// What nobody understands is not taken for everything.
func TestSlipsInRequestsChangeNothing(t *testing.T) {
	for _, path := range []string{
		PathPause + "?trigger=", PathPause + "?triger=cart", PathResume + "?trigger=a&trigger=b", PathPause + "?trigger=cart&newest=true",
		PathPause + "?trigger=50%off", PathPause + "?trigger=a;by=x", PathReload + "?newest=maybe", PathReload + "?newest=", PathReload + "?trigger=cart",
	} {
		p := &process{loads: &rule.Set{}}
		if got := request(ControlHandler(p), "POST", path); got.Code != 400 || p.set != nil || p.paused != nil {
			t.Errorf("POST %s: %d %s, want 400 and nothing asked", path, got.Code, got.Body)
		}
	}
	p := &process{}
	rec := httptest.NewRecorder()
	ControlHandler(p).ServeHTTP(rec, httptest.NewRequest("POST", PathPause, strings.NewReader(`{"trigger":"cart"}`)))
	if rec.Code != 400 || p.paused != nil {
		t.Errorf("with a body: %d %s, want 400 and nothing asked", rec.Code, rec.Body)
	}
}

func TestPauseIsAskedForByName(t *testing.T) {
	p := &process{}
	request(ControlHandler(p), "POST", PathPause+"?trigger=cart&by=ana")
	request(ControlHandler(p), "POST", PathResume)
	if got := strings.Join(p.paused, ", "); got != "cart true by ana,  false by " {
		t.Errorf("asked for %q", got)
	}
}
