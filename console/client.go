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
	path := PathCustomer + url.PathEscape(customer)
	if customer == "." || customer == ".." {
		path = PathCustomers + "?" + url.Values{"id": {customer}}.Encode()
	}
	return do[Explanation](ctx, client, http.MethodGet, address, path)
}

// Post asks the admin API at an address to change something.
func Post(ctx context.Context, client *http.Client, address, path string, query url.Values) (*Changed, error) {
	u := url.URL{Path: path, RawQuery: query.Encode()}
	return do[Changed](ctx, client, http.MethodPost, address, u.String())
}

// do makes one request and reads its answer; path is escaped, with its query.
func do[Answer any](ctx context.Context, client *http.Client, method, address, path string) (*Answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+address+path, nil)
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
	case resp.StatusCode == http.StatusUnprocessableEntity, resp.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("%s: %s", address, strings.TrimSpace(string(body)))
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("admin API at %s: %s: %s", address, resp.Status, strings.TrimSpace(string(body)))
	}
	answer := new(Answer)
	if err := json.Unmarshal(body, answer); err != nil {
		return nil, fmt.Errorf("answer of the admin API at %s: %w", address, err)
	}
	return answer, nil
}
