package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/beckon-io/beckon/cmd/internal/config"
)

func TestOnlyErrorsOfReachingKafkaNameTheBrokers(t *testing.T) {
	f := configFlag{loaded: &config.Config{Kafka: config.Kafka{Brokers: []string{"one:9092", "two:9092"}}}}
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	for _, c := range []struct {
		err  error
		told bool
	}{
		{fmt.Errorf("ask for topics: unable to dial: %w", refused), true},
		{fmt.Errorf("write to topic shop.triggers: %w", context.DeadlineExceeded), true},
		{&url.Error{Op: "Get", URL: "http://pod-1:8080", Err: refused}, false},
		{&net.OpError{Op: "listen", Net: "tcp", Err: errors.New("address in use")}, false},
		{context.Canceled, false},
		{usagef("slip"), false},
	} {
		got := f.brokersTold(c.err)
		if told := strings.Contains(got.Error(), "kafka.brokers: one:9092, two:9092; is it reachable from here"); told != c.told || !errors.Is(got, c.err) {
			t.Errorf("%v: got %v; brokers told: want %v", c.err, got, c.told)
		}
	}
	if got := f.brokersTold(nil); got != nil {
		t.Errorf("no error: got %v", got)
	}
}
