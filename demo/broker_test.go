package demo

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Invented events go nowhere near a shop's own, but again to where they went before.
func TestTopicsOfAShopAreRefused(t *testing.T) {
	b, err := StartBroker(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addr))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	create := func() error { return CreateTopics(t.Context(), []string{b.Addr}, 1, "demo.commands") }
	adm := kadm.NewClient(client)
	if made, err := adm.CreateTopics(t.Context(), 1, -1, nil, "orders"); err != nil || made.Error() != nil {
		t.Fatal(err, made.Error())
	}
	if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "orders", Value: []byte("{}")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := create(); err == nil || !strings.Contains(err.Error(), "topics orders there") {
		t.Fatalf("a shop's orders are there, got %v", err)
	}
	if made, err := adm.CreateTopics(t.Context(), 1, -1, nil, "demo.commands"); err != nil || made.Error() != nil {
		t.Fatal(err, made.Error())
	}
	if err := create(); err != nil {
		t.Fatalf("a demo was here before, got %v", err)
	}
}
