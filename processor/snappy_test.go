package processor

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Other clients read what is produced, whatever its size, and blocks do not keep it
// from becoming shorter.
func TestSnappyIsReadByOthers(t *testing.T) {
	var all []byte
	for i := 0; len(all) < 1<<20; i++ {
		all = fmt.Appendf(all, "customer %d has looked at %x\n", i, i*i*i)
	}
	var dst bytes.Buffer
	for _, n := range []int{0, 1, 100, snappyBlock - 1, snappyBlock, snappyBlock + 1, 3 * snappyBlock, len(all)} {
		dst.Reset()
		packed, codec := snappy{}.Compress(&dst, all[:n])
		plain, err := kgo.DefaultDecompressor().Decompress(packed, codec)
		if err != nil || !bytes.Equal(plain, all[:n]) {
			t.Errorf("%d bytes are read as %d, error %v", n, len(plain), err)
		}
		if n >= 100 && len(packed) > n*2/3 {
			t.Errorf("%d bytes become %d", n, len(packed))
		}
	}
}

// BenchmarkSnappy is what a lane gains by blocks, on what is like the changelog:
// hashes, which nothing makes shorter, between names and products that repeat.
func BenchmarkSnappy(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	var batch []byte
	for len(batch) < 512<<10 {
		batch = fmt.Appendf(batch, "c-%06d", rng.IntN(300_000))
		for range 10 {
			batch = binary.LittleEndian.AppendUint64(batch, rng.Uint64())
		}
		for range 4 {
			sku := rng.IntN(20_000)
			batch = fmt.Appendf(batch, "SKU-%05d category-%d %d", sku, sku%8, sku%157*100)
		}
		batch = fmt.Appendf(batch, "cart-abandonment /shop/main cart.updated k-%d cart-reminder %012d", rng.IntN(100_000), rng.IntN(3_000_000))
	}
	whole, err := kgo.DefaultCompressor(kgo.SnappyCompression())
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		kgo.Compressor
	}{{"whole", whole}, {"blocks", snappy{}}} {
		b.Run(c.name, func(b *testing.B) {
			var dst bytes.Buffer
			b.SetBytes(int64(len(batch)))
			var packed []byte
			for b.Loop() {
				dst.Reset()
				packed, _ = c.Compress(&dst, batch)
			}
			b.ReportMetric(float64(len(batch))/float64(len(packed)), "ratio")
		})
	}
}
