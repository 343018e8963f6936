//! Users, services, and the system's own tools.

use super::super::process::Leaves;
use super::super::spec::Operands::{Paths, Text};
use super::super::spec::{Program, Style, program};

pub(super) static PROGRAMS: &[Program] = &[
    program("useradd", "-m|--create-home -M|--no-create-home -r|--system -N|--no-user-group -U|--user-group -l|--no-log-init -o|--non-unique -D|--defaults -u|--uid= -g|--gid= -G|--groups= -d|--home-dir|--home= -s|--shell= -c|--comment= -p|--password= -k|--skel= -K|--key= -b|--base-dir= -e|--expiredate= -f|--inactive= -R|--root= -P|--prefix= -Z="),
    program("groupadd", "-r|--system -f|--force -o|--non-unique -g|--gid= -K|--key= -p|--password= -R|--root= -P|--prefix= -U|--users="),
    program("usermod", "-a|--append -L|--lock -U|--unlock -o|--non-unique -m|--move-home -l|--login= -u|--uid= -g|--gid= -G|--groups= -d|--home= -s|--shell= -c|--comment= -p|--password= -e= -f= -R= -P= -v|--add-subuids= -w|--add-subgids="),
    program("groupmod", "-o|--non-unique -g|--gid= -n|--new-name= -p= -R= -a -U="),
    program("userdel", "-r|--remove -f|--force -R="),
    program("groupdel", "-f|--force -R="),
    // The programs of Debian and of busybox share these names; long flags are Debian's.
    program("adduser", "-D -S -H -h= -g= -s= -G= -u= -k= --system --group --disabled-password --disabled-login --no-create-home --quiet --force-badname --allow-bad-names --gecos= --comment= --home= --shell= --uid= --gid= --ingroup= --firstuid= --lastuid= --add_extra_groups --conf= -m -r -M -d= -c= -N -U -l -o -p="),
    program("addgroup", "-S -g= --system --gid= --quiet --force-badname --allow-bad-names --group -r"),
    program("deluser delgroup", "--remove-home --remove-all-files --quiet --system --group --force --only-if-empty"),
    program("passwd", "-d|--delete -l|--lock -u|--unlock -e|--expire -S -q --stdin -f"),
    program("chpasswd", "-e|--encrypted -m|--md5 -c|--crypt-method= -s= -R="),
    program("chsh", "-s|--shell="),
    program("gpg|gpg2", "").style(Style::Raw).leaves(Leaves::Yes),
    program("gpgconf gpg-agent dirmngr ssh-agent dbus-daemon dbus-launch", "").style(Style::Raw).leaves(Leaves::Yes),
    program("gpgv", "").style(Style::Raw),
    program("service systemctl initctl rc-service invoke-rc.d start-stop-daemon daemonize setsid screen tmux at batch crond cron", "").style(Style::Raw).leaves(Leaves::Yes),
    program("nginx apachectl apache2ctl apache2 httpd php-fpm lighttpd caddy haproxy supervisord sshd rsyslogd dockerd containerd memcached redis-server mongod postgres pg_ctl pg_ctlcluster mysqld mysqld_safe mariadbd mariadbd-safe rabbitmq-server Xvfb Xorg vncserver xvfb-run sccache watchman mvnd ollama", "").style(Style::Raw).leaves(Leaves::Yes),
    program("ldconfig", "").style(Style::Raw),
    program("locale-gen update-locale localedef update-ca-certificates update-ca-trust update-alternatives alternatives update-rc.d a2enmod a2dismod a2ensite a2dissite a2enconf a2disconf phpenmod phpdismod php5enmod php5dismod update-java-alternatives setcap getcap depmod fc-cache update-mime-database ssh-import-id timedatectl visudo chkconfig rc-update insserv newaliases tzselect mandb update-initramfs mkfontscale mkfontdir sysctl c_rehash deb-systemd-helper dpkg-statoverride authselect subscription-manager rhsm-reposync", "").style(Style::Raw).operands(Text),
    program("mount umount mknod losetup mkfs mkswap", "").style(Style::Raw).operands(Paths),
    program("crontab", "-u= -l -r -e").operands(Paths),
    program("kill pkill killall", "").style(Style::Raw),
];
