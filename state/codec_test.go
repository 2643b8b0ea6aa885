package state

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/beckon-io/beckon/schemas"
)

// fill gives every field of a value a random one, so that a field the codec
// forgets is missed.
func fill(v reflect.Value, rng *rand.Rand) {
	switch v.Interface().(type) {
	case schemas.Amount:
		a, err := schemas.NewAmount(rng.Int64()>>rng.IntN(63)*sign(rng), rng.IntN(20))
		if err != nil {
			panic(err)
		}
		v.Set(reflect.ValueOf(a))
		return
	case schemas.Outcome:
		v.SetUint(1 + rng.Uint64N(uint64(schemas.Converted)))
		return
	case schemas.Reason:
		v.SetUint(1 + rng.Uint64N(uint64(schemas.Erased)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type() == reflect.TypeFor[schemas.Decision]() && v.Type().Field(i).Name == "Customer" {
				continue
			}
			fill(v.Field(i), rng)
		}
		if c, ok := v.Addr().Interface().(*Cycles); ok {
			slices.SortFunc(c.SKUs, func(a, b Purchases) int { return strings.Compare(a.SKU, b.SKU) })
			c.SKUs = slices.CompactFunc(c.SKUs, func(a, b Purchases) bool { return a.SKU == b.SKU })
		}
	case reflect.Slice:
		n := 1 + rng.IntN(4)
		if v.Type().Elem().Kind() == reflect.Uint8 {
			n = 1 + rng.IntN(400)
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(v.Index(i), rng)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 1 + rng.IntN(20) {
			key, val := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(key, rng)
			fill(val, rng)
			v.SetMapIndex(key, val)
		}
	case reflect.String:
		v.SetString(strings.Repeat(string(rune('a'+rng.IntN(26))), 1+rng.IntN(40)))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64, reflect.Int32:
		v.SetInt(sign(rng) * (1 + rng.Int64N(1<<(1+rng.IntN(30)))))
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(1 + rng.Uint64N(255))
	default:
		panic("state: a field of a kind that no codec exists for: " + v.Type().String())
	}
}

func sign(rng *rand.Rand) int64 { return 1 - 2*rng.Int64N(2) }

// filled is a section with every field set.
func filled(s Section, rng *rand.Rand) section {
	v := newSection(s)
	fill(reflect.ValueOf(v).Elem(), rng)
	return v
}

var same = cmp.Options{
	cmp.Comparer(func(a, b schemas.Amount) bool { return a == b }), // scales too
	cmpopts.EquateEmpty(),
}

func encoded(v section) string {
	var w writer
	v.encode(&w)
	return string(w.b)
}

func TestSectionsSurviveTheCodec(t *testing.T) {
	for s := range numSections {
		for seed := range uint64(20) {
			want := filled(s, rand.New(rand.NewPCG(seed, uint64(s))))
			b := encoded(want)
			got := newSection(s)
			if err := decodeSection(s, b, got); err != nil {
				t.Fatalf("%s, seed %d: %v", s, seed, err)
			}
			if diff := cmp.Diff(want, got, same); diff != "" {
				t.Fatalf("%s, seed %d (-encoded +decoded):\n%s", s, seed, diff)
			}
			if encoded(got) != b {
				t.Fatalf("%s, seed %d: encoding again gives other bytes", s, seed)
			}
			if want.blank() {
				t.Fatalf("%s: counts as blank with every field set", s)
			}
		}
		if v := newSection(s); !v.blank() {
			t.Errorf("%s: a new one is not blank", s)
		}
	}
}

// A section with a single field set is not blank: it would not be stored.
func TestNoFieldIsForgottenByBlank(t *testing.T) {
	for s := range numSections {
		typ := reflect.TypeOf(newSection(s)).Elem()
		for i := range typ.NumField() {
			v := newSection(s)
			fill(reflect.ValueOf(v).Elem().Field(i), rand.New(rand.NewPCG(1, 1)))
			if v.blank() {
				t.Errorf("%s with only %s counts as blank", s, typ.Field(i).Name)
			}
		}
	}
}

// The bytes are msgpack as a library of the field reads it.
func TestSectionsAreMsgpack(t *testing.T) {
	for s := range numSections {
		b := encoded(filled(s, rand.New(rand.NewPCG(7, uint64(s)))))
		dec := msgpack.NewDecoder(strings.NewReader(b))
		v, err := dec.DecodeInterface()
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		array, ok := v.([]any)
		if !ok || len(array) < 2 || reflect.ValueOf(array[0]).Convert(reflect.TypeFor[uint64]()).Uint() != formats[s] {
			t.Errorf("%s: not an array that begins with its format: %v", s, v)
		}
		if _, err := dec.DecodeInterface(); err == nil {
			t.Errorf("%s: something follows the array", s)
		}
	}
}

func TestNumbersOfEveryWidth(t *testing.T) {
	ints := []int64{0, 1, 127, 128, 255, 256, 65535, 65536, 1<<32 - 1, 1 << 32, 1<<63 - 1, -1, -32, -33, -128, -129, -1 << 31, -1<<31 - 1, -1 << 63}
	for _, want := range ints {
		w := writer{}
		w.int(want)
		if r := (&reader{s: string(w.b), left: 1}); r.int() != want || r.end() != nil {
			t.Errorf("%d: read back otherwise (%v)", want, r.err)
		}
		var lib int64
		if err := msgpack.Unmarshal(w.b, &lib); err != nil || lib != want {
			t.Errorf("%d: the library reads %d, %v", want, lib, err)
		}
	}
	for _, text := range []string{"0", "0.00", "59.90", "-59.90", "9999999999999999999", "-0.9999999999999999999", "9223372036854775808", "-922337203685477.5808"} {
		want, err := schemas.ParseAmount(text)
		if err != nil {
			t.Fatal(err)
		}
		w := writer{}
		w.amount(want)
		if r := (&reader{s: string(w.b), left: 2}); r.amount() != want || r.end() != nil {
			t.Errorf("%s: read back otherwise (%v)", text, r.err)
		}
	}
}

func TestBytesOfALaterVersionAreTold(t *testing.T) {
	w := writer{}
	w.array(2)
	w.uint(formats[CartSection] + 1)
	w.str("what a later version keeps")
	if err := decodeSection(CartSection, string(w.b), new(Cart)); !errors.Is(err, ErrNewer) {
		t.Errorf("got %v, want ErrNewer", err)
	}
}

func TestFieldsThatAnOlderFormatLacksAreZero(t *testing.T) {
	w := writer{}
	w.array(3)
	w.uint(1)
	w.str("k1")
	w.str("EUR")
	got := new(Cart)
	if err := decodeSection(CartSection, string(w.b), got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&Cart{ID: "k1", Currency: "EUR"}, got, same); diff != "" {
		t.Error(diff)
	}
}

func TestCutBytesAreCorrupt(t *testing.T) {
	for s := range numSections {
		b := encoded(filled(s, rand.New(rand.NewPCG(3, uint64(s)))))
		for n := 0; n < len(b); n += 1 + len(b)/1000 {
			if err := decodeSection(s, b[:n], newSection(s)); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("%s cut to %d of %d bytes: got %v, want ErrCorrupt", s, n, len(b), err)
			}
		}
		if err := decodeSection(s, b+"\x00", newSection(s)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s and a byte more: got %v, want ErrCorrupt", s, err)
		}
	}
}

func FuzzSection(f *testing.F) {
	for s := range numSections {
		f.Add(byte(s), []byte(encoded(filled(s, rand.New(rand.NewPCG(9, uint64(s)))))))
	}
	f.Fuzz(func(t *testing.T, n byte, b []byte) {
		s := Section(n) % numSections
		v := newSection(s)
		if err := decodeSection(s, string(b), v); err != nil {
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNewer) {
				t.Fatalf("an error of no class: %v", err)
			}
			return
		}
		again := newSection(s)
		if err := decodeSection(s, encoded(v), again); err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		if !bytes.Equal([]byte(encoded(again)), []byte(encoded(v))) {
			t.Fatal("encoding is not stable")
		}
	})
}
