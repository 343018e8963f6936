//! Lines that are repeated where the program runs, and what they call.

use crate::{Facts, Settings};

use super::{made, nothing_gained, refused};

#[test]
fn tools_that_the_small_image_lacks() {
    for (line, program) in [
        (
            "RUN set -eux && wget -O /srv/model https://example.org/model",
            "wget",
        ),
        ("RUN curl -s https://example.org/key | tee /srv/key", "curl"),
        (
            "RUN ssh-keyscan example.org >> /etc/ssh_known",
            "ssh-keyscan",
        ),
    ] {
        refused(
            &format!(
                "FROM python:3.12\nRUN pip install numpy\nWORKDIR /srv\n{line}\nCOPY main.py .\nCMD [\"python\", \"main.py\"]\n"
            ),
            &format!("runs `{program}`, which `python:3.12-slim` may not have"),
        );
    }
}

#[test]
fn packages_of_node_that_may_be_compiled() {
    let file = |package: &str| {
        format!(
            "FROM php:8.2-fpm\nRUN apt-get update && apt-get install -y g++ nodejs npm\nRUN docker-php-ext-install intl\nRUN npm install -g {package}\nCMD [\"php-fpm\"]\n"
        )
    };
    nothing_gained(&file("node-sass@4"));
    let split = made(
        &file("@angular/cli@17 gulp"),
        &Settings::default(),
        &Facts::default(),
    );
    assert!(
        split.gone.iter().any(|gone| gone == "the package g++"),
        "{:?}",
        split.gone
    );
}

#[test]
fn an_extension_of_a_server_in_its_own_directory() {
    refused(
        "FROM debian:12\nRUN apt-get update && apt-get install -y gcc make libvarnishapi-dev varnish\nWORKDIR /tmp/a\nCOPY . .\nRUN ./configure && make && make install\nCMD [\"varnishd\", \"-F\"]\n",
        "where `make install` leaves its files isn't known",
    );
}

#[test]
fn what_an_installation_of_python_is_taken_to_do() {
    let split = made(
        "FROM debian:12\nRUN apt-get update && apt-get install -y python3 python3-dev gcc\nWORKDIR /src\nCOPY . .\nRUN python3 setup.py install\nCMD [\"service\"]\n",
        &Settings::default(),
        &Facts::default(),
    );
    assert!(
        (split.assumptions.iter())
            .any(|it| it == "`python3 setup.py install` installs only among the packages of Python"),
        "{:?}",
        split.assumptions
    );
}
