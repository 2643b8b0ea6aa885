package demo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

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

// CreateTopics makes topics that are not there yet; they keep their records.
func CreateTopics(ctx context.Context, brokers []string, partitions int32, names ...string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		return fmt.Errorf("reach %v: %w", brokers, err)
	}
	defer client.Close()
	keep := "-1"
	made, err := kadm.NewClient(client).CreateTopics(ctx, partitions, -1, map[string]*string{"retention.ms": &keep}, names...)
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
