package console

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxAnswer bounds what is read of an answer: a customer's state has 256 KiB.
const maxAnswer = 4 << 20

// Ask gets a customer's explanation from the admin API at an address
// (host:port). The error wraps ErrElsewhere if the customer lives in another
// process.
func Ask(ctx context.Context, client *http.Client, address, customer string) (*Explanation, error) {
	u := "http://" + address + PathCustomer + url.PathEscape(customer)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	if err != nil {
		return nil, fmt.Errorf("ask the admin API at %s: %w", address, err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the admin API: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return nil, fmt.Errorf("ask the admin API at %s: %w", address, err)
	case resp.StatusCode == http.StatusMisdirectedRequest:
		return nil, fmt.Errorf("%s: %w", address, ErrElsewhere)
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("admin API at %s: %s: %s", address, resp.Status, strings.TrimSpace(string(body)))
	}
	e := new(Explanation)
	if err := json.Unmarshal(body, e); err != nil {
		return nil, fmt.Errorf("answer of the admin API at %s: %w", address, err)
	}
	return e, nil
}

// Post asks the admin API at an address to change something.
func Post(ctx context.Context, client *http.Client, address, path string, query url.Values) (*Changed, error) {
	u := url.URL{Scheme: "http", Host: address, Path: path, RawQuery: query.Encode()}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("ask the admin API at %s: %w", address, err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the admin API: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return nil, fmt.Errorf("ask the admin API at %s: %w", address, err)
	case resp.StatusCode == http.StatusUnprocessableEntity, resp.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("%s: %s", address, strings.TrimSpace(string(body)))
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("admin API at %s: %s: %s", address, resp.Status, strings.TrimSpace(string(body)))
	}
	c := new(Changed)
	if err := json.Unmarshal(body, c); err != nil {
		return nil, fmt.Errorf("answer of the admin API at %s: %w", address, err)
	}
	return c, nil
}
