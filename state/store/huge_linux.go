package store

import (
	"syscall"
	"unsafe"
)

// preferHuge asks for huge pages under a slab, or a part of the index, that nobody has
// written to yet. Records lie all over hundreds of megabytes, and so do their slots:
// with small pages each look-up also waits for the page table, and each 4 KiB of a new
// slab for a page fault. It is a hint, to kernels that leave huge pages to those who
// ask (`madvise`, the usual setting); an error means that it is not taken. The
// neighbours on the same huge pages are mostly other slabs.
func preferHuge[T any](mem []T) {
	const size = 2 << 20
	begin := uintptr(unsafe.Pointer(unsafe.SliceData(mem)))
	from, to := begin&^(size-1), (begin+uintptr(len(mem))*unsafe.Sizeof(mem[0])+size-1)&^(size-1)
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_HUGEPAGE)
}
