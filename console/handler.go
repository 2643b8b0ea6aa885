package console

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// ErrElsewhere says that a customer's home is in another process.
var ErrElsewhere = errors.New("this process does not own the customer: another one of the app does, or none while brokers cannot be reached")

// Instance is the process as the API shows it. Any goroutine may call it.
type Instance interface {
	// Customer reads a customer's committed record; one nothing is known about
	// comes back blank. ErrElsewhere if the home is not here.
	Customer(ctx context.Context, id string) (*state.Customer, error)
	// Rules are the triggers in use.
	Rules() *rule.Set
	// Product is what the customer's task knows of a sku, nil if nothing.
	Product(customer, sku string) *state.Product
	// Live, Ready and Started say what is wrong, nil if nothing is.
	Live(context.Context) error
	Ready(context.Context) error
	Started(context.Context) error
}

// Paths of the API.
const (
	PathLive     = "/livez"
	PathReady    = "/readyz"
	PathStarted  = "/startupz"
	PathMetrics  = "/metrics"
	PathCustomer = "/api/v1/customers/" // and the escaped id

	// PathCustomers takes the id as a query, for those that a path cannot hold: . and ..
	PathCustomers = "/api/v1/customers"
)

// Handler serves the API. metrics answers Prometheus; nil where there is none.
func Handler(in Instance, metrics http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+PathLive, health(in.Live))
	mux.HandleFunc("GET "+PathReady, health(in.Ready))
	mux.HandleFunc("GET "+PathStarted, health(in.Started))
	if metrics != nil {
		mux.Handle("GET "+PathMetrics, metrics)
	}
	mux.HandleFunc("GET "+PathCustomer+"{id}", explain(in))
	mux.HandleFunc("GET "+PathCustomers, explain(in))
	return mux
}

func health(check func(context.Context) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := check(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	}
}

// explain answers with an Explanation as JSON.
func explain(in Instance) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := cmp.Or(r.PathValue("id"), r.URL.Query().Get("id"))
		if id == "" || id[0] == 0 { // of an internal record
			http.Error(w, "not a customer id", http.StatusBadRequest)
			return
		}
		c, err := in.Customer(r.Context(), id)
		switch {
		case errors.Is(err, ErrElsewhere):
			http.Error(w, err.Error(), http.StatusMisdirectedRequest)
			return
		case err != nil:
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		e := Explain(c, in.Rules(), func(sku string) *state.Product { return in.Product(id, sku) })
		if err := c.Err(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		json.NewEncoder(w).Encode(e) // the only error is a reader who has left
	}
}
