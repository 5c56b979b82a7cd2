"""The Name and Description of CreateImage."""

from __future__ import annotations

import string

import pytest

LEGAL = string.ascii_letters + string.digits + "()[] ./-'@_"
ILLEGAL = sorted(set(map(chr, range(128))) - set(LEGAL))


@pytest.mark.parametrize("length", [3, 4, 127, 128])
def test_name_of_legal_length(world, instance, length):
    name = world.fresh_name().ljust(length, "x") if length > 20 else f"{length}yz".ljust(length)
    assert world.image(world.create(instance, Name=name))["Name"] == name


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("length", [1, 2, 129, 130, 1000])
def test_name_of_other_length(world, instance, length):
    reply = world.create(instance, Name="x" * length)
    assert reply.outcome == (400, "InvalidAMIName.Malformed")


@pytest.mark.parametrize("character", LEGAL)
def test_legal_character(world, instance, character):
    name = f"{character}{world.fresh_name()}{character}"
    assert world.image(world.create(instance, Name=name))["Name"] == name


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("character", [*ILLEGAL, "é", "名", "\U0001f600"])
def test_illegal_character(world, instance, character):
    reply = world.create(instance, Name=f"abc{character}d")
    assert reply.outcome == (400, "InvalidAMIName.Malformed")


@pytest.mark.usefixtures("untouched")
def test_name_is_required(world, instance):
    assert world.create(instance, Name="").outcome == (400, "MissingParameter")
    reply = world.raw.call("CreateImage", InstanceId=instance)
    assert reply.outcome == (400, "MissingParameter")


def test_name_is_unique_until_deregistration(world, instance):
    name = world.fresh_name()
    first = world.create(instance, Name=name)
    assert first.status == 200
    before = world.footprint()
    second = world.create(instance, Name=name)
    assert second.outcome == (400, "InvalidAMIName.Duplicate")
    assert first.text("imageId") in second.text("Message")
    assert world.footprint() == before
    assert world.create(instance, Name=name.upper()).status == 200
    world.ec2.deregister_image(ImageId=first.text("imageId"))
    assert world.create(instance, Name=name).status == 200


def test_name_of_another_account_is_free(world, instance):
    public = world.ec2.describe_images(Owners=["amazon"])["Images"][0]["Name"]
    assert world.create(instance, Name=public).status == 200


@pytest.mark.parametrize("text", ["", "a", "x" * 255, "<&>\"'\r\n\té \U0001f600"])
def test_description_is_reported_as_given(world, instance, text):
    image = world.image(world.create(instance, Description=text))
    assert image["Description"] == text


def test_description_is_optional(world, instance):
    assert "Description" not in world.image(world.create(instance))


@pytest.mark.usefixtures("untouched")
def test_description_too_long(world, instance):
    assert world.create(instance, Description="x" * 256).outcome == (400, "InvalidParameterValue")


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("character", ["\x00", "\x1b", "\ufffe"])
def test_description_that_xml_cannot_carry(world, instance, character):
    assert world.create(instance, Description=character).outcome == (400, "InvalidCharacter")
