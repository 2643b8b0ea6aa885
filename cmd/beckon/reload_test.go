package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/beckon-io/beckon/console"
)

// The first instance answers only once the second was asked. The report has them in
// the order of the group all the same.
func TestOneThatHangsKeepsNoOtherFromReloading(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), brokerPatience)
	defer cancel()
	asked := make(chan struct{})
	var addresses []string
	for n, wait := range []func(r *http.Request){
		func(r *http.Request) {
			select {
			case <-asked:
			case <-r.Context().Done():
			}
		},
		func(*http.Request) { close(asked) },
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost || r.URL.Path != console.PathReload {
				t.Errorf("asked %s %s", r.Method, r.URL)
			}
			wait(r)
			fmt.Fprintf(w, `{"changed":true,"generation":%d}`, n+1)
		}))
		defer server.Close()
		addresses = append(addresses, strings.TrimPrefix(server.URL, "http://"))
	}
	for i, r := range reload(ctx, addresses, url.Values{}) {
		if r.Admin != addresses[i] || r.Error != "" || r.Generation != int64(i+1) {
			t.Errorf("%d: %+v, want the answer of %s", i, r, addresses[i])
		}
	}
}
