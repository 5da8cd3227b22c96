package peer

import "testing"

func TestPretendedClientHasWhatItWasGiven(t *testing.T) {
	p := Pretend(Pretence{
		PID: 42, UID: 1000, GID: 100,
		Cgroup: "/user.slice/a.scope",
		Xattrs: map[string]map[string]string{"/user.slice": {"user.account": "bob"}},
		Mounts: []Mount{{Point: "/home", Root: "/old"}, {Point: "/home", Root: "/new", Filesystem: "ext4", Source: "/dev/sda1"}},
	})
	defer p.Close()
	if p.PID != 42 || p.UID != 1000 || p.GID != 100 {
		t.Errorf("credentials are %d %d %d", p.PID, p.UID, p.GID)
	}
	var fs CgroupFS
	defer fs.Close()
	group, err := p.Cgroup(&fs)
	if err != nil || group == nil || group.Path != "/user.slice/a.scope" {
		t.Fatalf("cgroup %v, %v", group, err)
	}
	if value, ok, err := group.Xattr("account"); ok || err != nil {
		t.Errorf("the group itself has account %q, %v", value, err)
	}
	if value, ok, err := group.Parent().Xattr("account"); value != "bob" || !ok || err != nil {
		t.Errorf("its parent has account %q, %v, %v", value, ok, err)
	}
	if _, _, err := group.Xattr("bad.name."); err == nil {
		t.Error("a malformed attribute name was taken")
	}
	if name, ok, err := p.ControllerPath("memory"); name != "/user.slice/a.scope" || !ok || err != nil {
		t.Errorf("controller path %q, %v, %v", name, ok, err)
	}
	if m, err := p.MountInfo("/home/"); err != nil || m == nil || m.Root != "/new" {
		t.Errorf("mount %v, %v", m, err)
	}
	if m, err := p.MountInfo("/srv"); m != nil || err != nil {
		t.Errorf("mount of nothing: %v, %v", m, err)
	}
}

func TestPretendedClientWithoutCgroup(t *testing.T) {
	p := Pretend(Pretence{UID: 1})
	var fs CgroupFS
	defer fs.Close()
	if group, err := p.Cgroup(&fs); group != nil || err != nil {
		t.Errorf("cgroup %v, %v", group, err)
	}
	if _, ok, err := p.ControllerPath("memory"); ok || err != nil {
		t.Errorf("controller path: %v, %v", ok, err)
	}
}

func TestPretendedClientInRealCgroups(t *testing.T) {
	var fs CgroupFS
	defer fs.Close()
	for _, path := range []string{"/", "/no/such/group"} {
		group, _ := Pretend(Pretence{Cgroup: path}).Cgroup(&fs)
		if value, ok, err := group.Xattr("qrelay_absent"); ok || err != nil {
			t.Errorf("%s: %q, %v, %v", path, value, ok, err)
		}
	}
}
