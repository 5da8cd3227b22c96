package relay

import "testing"

func TestMisspeltSettings(t *testing.T) {
	for config, setting := range map[string]string{
		"max_conections_per_uid = 5":                           "max_connections_per_uid",
		"max_conection_per_uid = 5":                            "max_connections_per_uid",
		"max_bytes_per_user = 1":                               "",
		"maxsize = 1":                                          "max_size",
		"logserver = '/l'":                                     "log_server",
		"log_servers = {} log_server = '{log}'":                "",
		"function relaod() end":                                "reload",
		"max_sizes = {} max_size = 2048":                       "",
		"local max_conections_per_uid = 5":                     "",
		"_G[1] = 2 load_all = 1":                               "",
		"max_bytes_per_uid = 2^30 max_bytes_per_gid = 'spare'": "",
	} {
		b := prepare(t, config)
		want := 0
		if setting != "" {
			want = 1
		}
		if got := b.log.Count("a global is not a setting, but is called nearly like one"); got != want {
			t.Errorf("%s: %d warnings in\n%s", config, got, b.log.String())
		}
		if want > 0 {
			b.logged("a global is not", "global=", "setting="+setting)
		}
	}
}
