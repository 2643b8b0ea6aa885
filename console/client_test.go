package console

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/beckon-io/beckon/processor/sets"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// serve gives the address at which a handler answers.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// Ids are escaped on their way, and come out as they were.
func TestAskFindsAnyCustomer(t *testing.T) {
	for _, id := range []string{"ana", "a/b", "a b?c=d#e", "%2F", "é", ".", "..", "../x", "..."} {
		address := serve(t, Handler(&process{customer: state.New(id)}, nil))
		if e, err := Ask(t.Context(), http.DefaultClient, address, id); err != nil || e.Customer != id {
			t.Errorf("%q: got %v, %v", id, e, err)
		}
	}
}

func TestAskTellsWhetherToAskAnother(t *testing.T) {
	for _, c := range []struct {
		err       error
		elsewhere bool
		text      string
	}{
		{ErrElsewhere, true, ""},
		{errors.New("the store has failed"), false, "503 Service Unavailable: the store has failed"},
	} {
		address := serve(t, Handler(&process{err: c.err}, nil))
		_, err := Ask(t.Context(), http.DefaultClient, address, "ana")
		if errors.Is(err, ErrElsewhere) != c.elsewhere || err == nil || !strings.Contains(err.Error(), address) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%v: got %v; elsewhere: want %v", c.err, err, c.elsewhere)
		}
	}
}

// A refusal speaks for itself; of other answers the status is told, too.
func TestPostTellsWhyNothingWasChanged(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{ErrRefused, ": nothing was changed"},
		{sets.ErrUnknownTrigger, ": unknown trigger"},
		{errors.New("no broker"), ": 503 Service Unavailable: no broker"},
	} {
		p := &process{err: c.err, set: &rule.Set{}, loads: &rule.Set{}}
		address := serve(t, ControlHandler(p))
		_, err := Post(t.Context(), http.DefaultClient, address, PathReload, url.Values{"newest": {"true"}})
		if err == nil || !strings.HasSuffix(err.Error(), address+c.want) || !p.newest {
			t.Errorf("%v: got %v, newest %v; want %s%s", c.err, err, p.newest, address, c.want)
		}
	}
	stranger := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }))
	if _, err := Post(t.Context(), http.DefaultClient, stranger, PathPause, nil); err == nil || !strings.Contains(err.Error(), "answer of the admin API at "+stranger) {
		t.Errorf("a stranger's answer: got %v", err)
	}
}
