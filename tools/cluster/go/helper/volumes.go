package main

import (
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"
)

// volumes opens each folder that appears in `dir` to every user. Kubernetes' host-path provisioner makes them 0750 for root and its
// volumes ignore fsGroup, so without this no pod that is not root could write to its claim.
func volumes(dir string) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		fail("cannot watch: %v", err)
	}
	if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_ONLYDIR); err != nil {
		fail("cannot watch %s: %v", dir, err)
	}
	// Those that appeared before the watch began.
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		open(filepath.Join(dir, entry.Name()))
	}
	buffer := make([]byte, 64*(unix.SizeofInotifyEvent+unix.NAME_MAX+1))
	for {
		count, err := unix.Read(fd, buffer)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			fail("cannot read events: %v", err)
		}
		for _, name := range names(buffer[:count]) {
			open(filepath.Join(dir, name))
		}
	}
}

func names(events []byte) []string {
	var found []string
	for len(events) >= unix.SizeofInotifyEvent {
		event := (*unix.InotifyEvent)(unsafe.Pointer(&events[0]))
		end := unix.SizeofInotifyEvent + int(event.Len)
		found = append(found, unix.ByteSliceToString(events[unix.SizeofInotifyEvent:end]))
		events = events[end:]
	}
	return found
}

func open(path string) {
	if info, err := os.Lstat(path); err == nil && info.IsDir() {
		os.Chmod(path, 0o777)
	}
}
