package walltime

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"io/fs"
	"sync"
	"time"
)

// zoneinfo is the zone database of the Go release that beckon is built with.
//
//go:generate cp $GOROOT/lib/time/zoneinfo.zip .
//go:embed zoneinfo.zip
var zoneinfo []byte

var database = sync.OnceValue(func() *zip.Reader {
	r, err := zip.NewReader(bytes.NewReader(zoneinfo), int64(len(zoneinfo)))
	if err != nil {
		panic(err) // it is part of the program
	}
	return r
})

// zones remembers those that were loaded.
var zones sync.Map // name -> *time.Location

// Zone is the zone of an IANA name, nil if there is none. It never looks at the
// machine's zones, as time.LoadLocation does first: those of a laptop, an image and
// another instance are of different years, so the same events would have different
// commands, and "Local" is nobody's zone.
func Zone(name string) *time.Location {
	if name == "UTC" {
		return time.UTC
	}
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location)
	}
	data, err := fs.ReadFile(database(), name)
	if err != nil {
		return nil
	}
	loc, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return nil
	}
	zones.Store(name, loc)
	return loc
}
