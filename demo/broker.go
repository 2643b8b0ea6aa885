package demo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Broker is the embedded broker: Kafka's protocol on loopback, in this process.
type Broker struct {
	Addr    string
	cluster *kfake.Cluster
}

// StartBroker opens the broker on what dir holds from earlier runs. Port 0
// takes a free one. Close it.
func StartBroker(dir string, port int) (*Broker, error) {
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.Ports(port),
		kfake.DataDir(filepath.Join(dir, "broker")),
		kfake.BrokerConfigs(map[string]string{"message.max.bytes": "2097152"}),
	)
	if err != nil {
		return nil, fmt.Errorf("start the embedded broker on port %d with data in %s: %w", port, dir, err)
	}
	return &Broker{cluster.ListenAddrs()[0], cluster}, nil
}

// Close saves the broker's data and ends it.
func (b *Broker) Close() { b.cluster.Close() }

// Topics of the shop's events.
var Topics = []string{"browse", "orders", "shipments"}

// CreateTopics makes Topics and the demo's own where they are not there yet; they
// keep their records. It refuses a cluster on which a shop's events are in Topics and
// no demo was before.
func CreateTopics(ctx context.Context, brokers []string, partitions int32, own ...string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		return fmt.Errorf("reach %v: %w", brokers, err)
	}
	defer client.Close()
	adm := kadm.NewClient(client)
	if err := refuseShop(ctx, adm, brokers, own); err != nil {
		return err
	}
	keep := "-1"
	made, err := adm.CreateTopics(ctx, partitions, -1, map[string]*string{"retention.ms": &keep}, slices.Concat(own, Topics)...)
	if err != nil {
		return fmt.Errorf("create the demo's topics on %v: %w", brokers, err)
	}
	for _, t := range made {
		if t.Err != nil && !errors.Is(t.Err, kerr.TopicAlreadyExists) {
			return fmt.Errorf("create topic %s on %v: %w", t.Topic, brokers, t.Err)
		}
	}
	return nil
}

// refuseShop keeps invented events out of a real shop's topics.
func refuseShop(ctx context.Context, adm *kadm.Client, brokers, own []string) error {
	there, err := adm.ListTopics(ctx)
	if err != nil {
		return fmt.Errorf("look for topics on %v: %w", brokers, err)
	}
	if slices.ContainsFunc(own, there.Has) {
		return nil
	}
	var taken []string
	for _, name := range Topics {
		if !there.Has(name) {
			continue
		}
		ends, err := adm.ListEndOffsets(ctx, name)
		if err != nil {
			return fmt.Errorf("look for records in topic %s on %v: %w", name, brokers, err)
		}
		ends.Each(func(o kadm.ListedOffset) {
			if o.Offset > 0 && !slices.Contains(taken, name) {
				taken = append(taken, name)
			}
		})
	}
	if len(taken) > 0 {
		return fmt.Errorf("write the demo's events to %v: somebody's events are in the topics %s there already, and whoever reads them would take the demo's customers for real ones; name another cluster",
			brokers, strings.Join(taken, ", "))
	}
	return nil
}
