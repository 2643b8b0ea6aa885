package processor

import (
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/beckon-io/beckon/processor/topics"
)

const (
	maxProducedBytes = 2 << 20 // of one produced batch
	minProducedBytes = 512     // which the client wants
)

// askBatches asks how many bytes the topics that lanes write take at once: a mebibyte, as
// Kafka has it by default, unless the cluster says otherwise. A broker refuses more as a
// whole, again and again, while each record in it would do.
func (p *Processor) askBatches(ctx context.Context) (map[string]int32, error) {
	all := map[string]int32{}
	t := &p.cfg.Topics
	for _, topic := range []string{p.names.Mailbox, p.names.Changelog, t.Commands, t.Transactional, t.Decisions, t.Coupons, t.DeadLetters} {
		if topic == "" {
			continue
		}
		most := int64(maxProducedBytes)
		if topic == t.DeadLetters {
			most = topics.MaxDeadLetterBytes
		}
		n, known, err := p.side.setting(ctx, topic, "max.message.bytes")
		switch {
		case errors.As(err, new(*kadm.AuthError)), err == nil && !known:
			n = topics.MaxOutputBytes
		case err != nil:
			return nil, err
		}
		all[topic] = int32(max(minProducedBytes, min(n, most)))
	}
	return all, nil
}

// batchBytes is how many bytes a batch for a topic has at most.
func (p *Processor) batchBytes(topic string) int32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n, ok := p.batches[topic]; ok {
		return n
	}
	return maxProducedBytes
}
