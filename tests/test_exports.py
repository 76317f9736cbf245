"""Whose export a file is, where its header stands, which field each column fills."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import exports
from mailroom.errors import InputError
from mailroom.exports import catalogue
from mailroom.exports.drift import compare
from mailroom.exports.header import is_footer
from mailroom.exports.words import fields_of
from mailroom.intake import known_fields
from mailroom.model import Finding
from mailroom.readers import Row, unique_headers

CRM = Path(__file__).parents[2] / "shared" / "data" / "crm"


def export(folder: Path, text: str, name: str = "export.csv") -> exports.Export:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return exports.recognise(path)


def mapped(found: exports.Export) -> dict[str, str]:
    return {header: field for header, field in found.columns.items() if field}


def rows_in(folder: Path, text: str) -> tuple[list[tuple[str, ...]], list[str]]:
    """The rows of people, and the rules of what was passed over."""
    found = export(folder, text)
    items = list(exports.rows_of(folder / "export.csv", found))
    rows = [item.cells for item in items if isinstance(item, Row)]
    return rows, [item.rule for item in items if isinstance(item, Finding)]


# --- every CRM ----------------------------------------------------------------------------

SHAPES: dict[str, tuple[str, str, dict[str, str]]] = {
    "HubSpot, one object": (
        "hubspot-contacts",
        "Record ID,First Name,Last Name,Email,Phone Number,Lead Status,Create Date,"
        "Associated Company,Country/Region,Contact owner,Associated Company IDs\n"
        "71,Ada,Hill,ada@hill.example,,New,2024-03-12 09:14,Hill Ltd,GB,Ruth,9\n",
        {"Record ID": "id", "Associated Company": "company", "Contact owner": "owner"},
    ),
    "HubSpot, two objects with the same words": (
        "hubspot-contacts-companies",
        "Record ID - Contact,First Name,Last Name,Company Name,Create Date,Phone Number,"
        "Record ID - Company,Company name,Create Date,Phone Number,Street Address,City\n"
        "71,Ada,Hill,Hill Ltd,2/5/24 1:51,,9,Hill,2/5/24 1:51,,1 Elm St,Leeds\n",
        {"Record ID - Contact": "id", "Company name": "company", "Phone Number (2)": "phone"},
    ),
    "HubSpot in German": (
        "hubspot-contacts",
        "Datensatz-ID,Vorname,Nachname,E-Mail,Zuständiger Mitarbeiter,Straße,Postleitzahl,Ort\n"
        "71,Ada,Berg,ada@berg.example,Ruth,Am Hang 1,50667,Köln\n",
        {"Datensatz-ID": "id", "Zuständiger Mitarbeiter": "owner", "Ort": "address.city"},
    ),
    "Salesforce, API names": (
        "salesforce-api",
        '"Id","IsDeleted","MasterRecordId","AccountId","LastName","FirstName","Salutation",'
        '"MailingStreet","MailingCity","MailingState","MailingPostalCode","MailingCountry",'
        '"Birthdate","HasOptedOutOfEmail","Hobby__c"\n'
        '"0035g00000XyZ1QAAV","0","","0015g00000A","Hill","Ada","Ms.","1 Elm St\nFloor 2",'
        '"Boston","MA","02134","US","1971-05-20","0","golf"\n',
        {"Id": "id", "IsDeleted": "deleted", "MailingStreet": "address.line1"},
    ),
    "Salesforce, Data Loader": (
        "salesforce-api",
        "ID,LASTNAME,FIRSTNAME,MAILINGSTREET,MAILINGCITY,MAILINGPOSTALCODE,MAILINGCOUNTRY,"
        "ACCOUNTID,ISDELETED\n0035g00000XyZ1Q,Hill,Ada,1 Elm St,Boston,02134,US,001,0\n",
        {"ID": "id", "MAILINGPOSTALCODE": "address.postcode", "LASTNAME": "last_name"},
    ),
    "Salesforce, a report with title and totals": (
        "salesforce-report",
        "Contacts with accounts\nAs of 2026-11-25 10:05\n\n"
        "Salutation,First Name,Last Name,Title,Mailing Street,Mailing City,"
        "Mailing State/Province,Mailing Zip/Postal Code,Mailing Country,Account Name\n"
        "Ms.,Ada,Hill,CEO,1 Elm St,Boston,MA,02134,US,Hill Ltd\n"
        "Grand Totals (1 records),,,,,,,,,\n\n"
        '"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\n',
        {"Mailing Zip/Postal Code": "address.postcode", "Account Name": "company"},
    ),
    "Zoho": (
        "zoho-contacts",
        "Record Id,Contact Owner.id,Contact Owner,First Name,Last Name,Account Name.id,"
        "Account Name,Email,Date of Birth,Mailing Street,Mailing City,Mailing State,Mailing Zip,"
        "Mailing Country,Other Street,Other City,Email Opt Out,Tag\n"
        "zcrm_1,zcrm_9,Ruth,Ada,Hill,zcrm_2,Hill Ltd,ada@hill.example,1971-05-20,1 Elm St,Boston,"
        "MA,02134,US,,,false,vip\n",
        {"Record Id": "id", "Other City": "address2.city", "Date of Birth": "birthday"},
    ),
    "Pipedrive": (
        "pipedrive-people",
        "Person - ID,Person - Name,Person - Label,Person - Organization,Person - Email - Work,"
        "Person - Owner,Organization - Address,Person - Hobby\n"
        '4,Ada Hill,vip,Hill Ltd,ada@hill.example,Ruth,"1 Elm St, Boston, MA 02134, USA",golf\n',
        {"Person - Name": "full_name", "Organization - Address": "address2.whole"},
    ),
    "Dynamics 365": (
        "dynamics-contacts",
        "(Do Not Modify) Contact,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,"
        " Full Name,Company Name,Address 1: Street 1,Address 1: City,"
        "Address 1: ZIP/Postal Code,Address 1: Country/Region,donotpostalmail\n"
        "0000-a,x==,6/22/2026,Ada Hill,Hill Ltd,1 Elm St,Boston,02134,US,Allow\n",
        {"Full Name": "full_name", "donotpostalmail": "do_not_mail"},
    ),
    "Dynamics 365 in French": (
        "dynamics-contacts",
        "(Ne pas modifier) Contact,(Ne pas modifier) Modifié le,Prénom,Nom,Fonction,"
        "Adresse 1 : rue 1,Adresse 1 : ville,Adresse 1 : code postal\n"
        "0000-a,22/06/2026,Zoé,Petit,PDG,1 rue Haute,Lyon,69001\n",
        {"Nom": "last_name", "Adresse 1 : code postal": "address.postcode"},
    ),
    "Google Contacts": (
        "google-contacts-2024",
        "First Name,Middle Name,Last Name,Phonetic First Name,Name Prefix,Name Suffix,File As,"
        "Organization Name,Birthday,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,"
        "Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City\n"
        "Ada,,Hill,,,,,,--05-20,told me off,* myContacts,* Work,a@x.example ::: b@x.example,"
        '* Home,"1 Elm St\nBoston",1 Elm St,Boston\n',
        {"Labels": "tag", "Address 1 - Formatted": "address.whole", "E-mail 1 - Value": "email"},
    ),
    "Google Contacts, before 2024": (
        "google-contacts",
        "Name,Given Name,Additional Name,Family Name,Yomi Name,Name Prefix,Birthday,"
        "Group Membership,E-mail 1 - Type,E-mail 1 - Value,Address 2 - Type,Address 2 - Street\n"
        "Ada Hill,Ada,,Hill,,,,* My Contacts,* ,ada@hill.example,Home,1 Elm St\n",
        {"Given Name": "first_name", "Address 2 - Street": "address2.line1"},
    ),
    "Outlook": (
        "outlook-en",
        "Title,First Name,Middle Name,Last Name,Suffix,Company,Business Street,Business Street 2,"
        "Business City,Business State,Business Postal Code,Business Country/Region,Home Street,"
        "Home City,Home Postal Code,Other Street,Other City,Anniversary,Birthday,Spouse,"
        "E-mail Address\n"
        "Mr.,Tom,,Lang,,Lang Ltd,1 Elm St,,Boston,MA,02134,United States,,,,,,0/0/00,0/0/00,Anna,"
        "tom@lang.example\n",
        {"Title": "salutation", "Home City": "address2.city", "Spouse": "partner_name"},
    ),
    "Outlook in German": (
        "outlook-de",
        "Anrede,Vorname,Weitere Vornamen,Nachname,Suffix,Firma,Straße geschäftlich,"
        "Ort geschäftlich,Postleitzahl geschäftlich,Straße privat,Ort privat,E-Mail-Adresse,"
        "Ort,Partner\nFrau,Ada,,Berg,,Berg GmbH,Am Hang 1,Köln,50667,,,ada@berg.example,,\n",
        {"Ort geschäftlich": "address.city", "Ort privat": "address2.city"},
    ),
    "Outlook in French": (
        "outlook-fr",
        "Titre,Prénom,Nom,Société,Rue (bureau),Ville (bureau),Code postal (bureau),"
        "Pays/Région (bureau),Rue (domicile),Adresse de messagerie\n"
        "Mme,Zoé,Petit,Petit SA,1 rue Haute,Lyon,69001,France,,zoe@petit.example\n",
        {"Titre": "salutation", "Rue (domicile)": "address2.line1"},
    ),
    "Mailchimp, subscribed": (
        "mailchimp-subscribed",
        "Email Address,First Name,Last Name,Address,Birthday,MEMBER_RATING,OPTIN_TIME,CC,REGION,"
        "LEID,EUID,NOTES,TAGS\n"
        'ada@hill.example,Ada,Hill,"1 Elm St  Boston  MA  02134",05/20,2,2023-04-21,US,MA,7,x,,\n',
        {"Address": "address.whole", "LEID": "id", "Birthday": "birthday"},
    ),
    "Mailchimp, unsubscribed": (
        "mailchimp-unsubscribed",
        "Email Address,First Name,Last Name,MEMBER_RATING,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,"
        "UNSUB_REASON,LEID,EUID\nada@hill.example,Ada,Hill,2,2023-04-21,,NORMAL,7,x\n",
        {"Email Address": "email"},
    ),
    "Mailchimp, cleaned": (
        "mailchimp-cleaned",
        "Email Address,First Name,Last Name,MEMBER_RATING,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,LEID\n"
        "ada@hill.example,Ada,Hill,2,2023-04-21,,7\n",
        {"Email Address": "email"},
    ),
    "Shopify": (
        "shopify-customers-2023",
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,"
        "Default Address Address1,Default Address City,Default Address Province Code,"
        "Default Address Country Code,Default Address Zip,Phone,Total Spent,Note,Tags,"
        "Fecha de nacimiento (customer.metafields.facts.birth_date)\n"
        "'7210,Ada,Hill,ada@hill.example,no,,1 Elm St,Boston,MA,US,'02134,,1.00,rude,vip,"
        "'1971-05-20\n",
        {
            "Accepts Email Marketing": "email_ok",
            "Fecha de nacimiento (customer.metafields.facts.birth_date)": "birthday",
        },
    ),
    "Shopify, before 2023": (
        "shopify-customers",
        "First Name,Last Name,Email,Accepts Email Marketing,Company,Address1,Address2,City,"
        "Province,Province Code,Country,Country Code,Zip,Phone,Total Spent,Total Orders,Tags,Note\n"
        "Ada,Hill,ada@hill.example,yes,,1 Elm St,,Boston,Massachusetts,MA,United States,US,"
        "'02134,,1.00,1,vip,\n",
        {"Address1": "address.line1", "Zip": "address.postcode"},
    ),
    "Shopify, orders": (
        "shopify-orders",
        "Name,Email,Financial Status,Lineitem quantity,Billing Name,Billing Address1,Billing City,"
        "Billing Zip,Billing Country,Notes\n"
        "#1001,ada@hill.example,paid,2,Ada Hill,1 Elm St,Boston,'02134,US,rude\n",
        {"Billing Name": "full_name", "Billing Zip": "address.postcode"},
    ),
    "Xero": (
        "xero-contacts",
        "*ContactName,AccountNumber,EmailAddress,FirstName,LastName,POAttentionTo,POAddressLine1,"
        "POCity,PORegion,POPostalCode,POCountry,SAAddressLine1,SACity,SAPostalCode,"
        "Person1FirstName,Person1LastName\n"
        "Hill Ltd,H1,ada@hill.example,Ada,Hill,,1 Elm St,Perth,WA,6000,Australia,2 Oak St,Perth,"
        "6000,Bob,Lee\n",
        {"*ContactName": "company", "SACity": "address2.city"},
    ),
    "CiviCRM": (
        "civicrm-contacts",
        "Contact ID,Contact Type,First Name,Last Name,Street Address,Supplemental Address 1,City,"
        "Postal Code,State,Country,Do Not Mail,Is Deceased,Postal Greeting,Addressee\n"
        "4,Individual,Ada,Hill,1 Elm St,,Boston,02134,MA,US,,,Dear Ada,Ada Hill\n",
        {"Do Not Mail": "do_not_mail", "Postal Greeting": "postal_greeting"},
    ),
    "Odoo": (
        "odoo-contacts",
        "External ID,Name,Is a Company,Related Company,Street,Street2,City,State,Zip,Country,"
        "Email,Salesperson,Tags\n"
        "__export__.res_partner_4,Ada Hill,FALSE,Hill Ltd,1 Elm St,,Boston,Massachusetts (US),"
        "02134,United States,ada@hill.example,Ruth,vip\n",
        {"External ID": "id", "Related Company": "company", "Salesperson": "owner"},
    ),
    "LinkedIn": (
        "linkedin-connections",
        'Notes:\n"When exporting your connection data, you may notice that some are missing."\n\n'
        "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
        "Ada,Hill,https://www.example/ada,,Hill Ltd,CEO,20 May 2021\n",
        {"Email Address": "email", "Company": "company"},
    ),
    "WooCommerce": (
        "woocommerce-customers",
        "user_id,billing_first_name,billing_last_name,billing_address_1,billing_city,"
        "billing_postcode,billing_country,shipping_address_1,shipping_city,orders\n"
        "4,Ada,Hill,1 Elm St,Boston,02134,US,2 Oak St,Boston,3\n",
        {"billing_city": "address.city", "shipping_city": "address2.city"},
    ),
    "MYOB": (
        "myob-cards",
        "Co./Last Name,First Name,Card ID,Card Status,Addr 1 - Line 1,- Line 2,- City,- State,"
        "- Postcode,- Country\nHill,Ada,C1,N,1 Elm St,,Perth,WA,6000,Australia\n",
        {"Co./Last Name": "last_name", "- Postcode": "address.postcode"},
    ),
    "Odoo, the names of its fields": (
        "odoo-contacts",
        "id,name,company_type,street,street2,city,state_id,zip,country_id,lang,category_id,parent_id\n"
        "1,Ada Hill,person,1 Elm St,,Boston,Texas (US),75001,United States,en_US,,Hill Ltd\n",
        {
            "state_id": "address.region",
            "country_id": "address.country",
            "company_type": "kind",
            "parent_id": "company",
            "lang": "language",
            "category_id": "tag",
        },
    ),
    "HubSpot, its API": (
        "hubspot-contacts",
        "id,createdAt,properties.firstname,properties.lastname,properties.hs_object_id,"
        "properties.zip,properties.address,properties.state,properties.lastmodifieddate\n"
        "7,2024,Ada,Hill,7,02134,1 Elm St,MA,2025\n",
        {
            "properties.firstname": "first_name",
            "properties.zip": "address.postcode",
            "properties.address": "address.line1",
        },
    ),
    "HubSpot, internal names": (
        "hubspot-contacts",
        "firstname,lastname,hs_object_id,zip,hs_email_optout,jobtitle,hubspot_owner_id\n"
        "Ada,Hill,7,02134,,,9\n",
        {"hs_object_id": "id", "zip": "address.postcode", "hs_email_optout": "email_opt_out"},
    ),
    "Dynamics, Dataverse": (
        "dynamics-contacts",
        "fullname,address1_line1,address1_city,address1_country,donotpostalmail,address1_latitude\n"
        "Ada Hill,1 Elm St,Boston,US,false,1\n",
        {"donotpostalmail": "do_not_mail", "address1_line1": "address.line1"},
    ),
    "Zoho, its API": (
        "zoho-contacts",
        "id,First_Name,Last_Name,Mailing_Street,Mailing_Zip,Owner.name,Owner.id,Account_Name.name\n"
        "7,Ada,Hill,1 Elm St,02134,Ruth,9,Hill Ltd\n",
        {"Mailing_Zip": "address.postcode", "Owner.name": "owner", "Account_Name.name": "company"},
    ),
    "Pipedrive, its API": (
        "pipedrive-people",
        "id,name,org_id.name,email.1.value,email.1.primary,postal_address_locality,add_time\n"
        "7,Ada Hill,Hill Ltd,ada@hill.example,true,Boston,2024\n",
        {"org_id.name": "company", "email.1.value": "email"},
    ),
    "Shopify, its API": (
        "shopify-customers-api",
        "id,first_name,last_name,state,note,default_address.address1,default_address.zip,"
        "addresses.1.zip,email_marketing_consent.state,admin_graphql_api_id\n"
        "7,Ada,Hill,enabled,,1 Elm St,02134,02134,not_subscribed,gid\n",
        {
            "id": "id",
            "default_address.zip": "address.postcode",
            "email_marketing_consent.state": "email_ok",
        },
    ),
    "Salesforce, JSON": (
        "salesforce-api",
        "attributes.type,attributes.url,Id,FirstName,LastName,MailingAddress.street,Account.Name\n"
        "Contact,/services,7,Ada,Hill,1 Elm St,Hill Ltd\n",
        {"MailingAddress.street": "address.line1", "Account.Name": "company"},
    ),
    "CiviCRM, its API": (
        "civicrm-contacts",
        "contact_id,contact_type,sort_name,display_name,do_not_mail,state_province_name,household_name\n"
        '7,Individual,"Hill, Ada",Ada Hill,0,Essex,\n',
        {"contact_type": "kind", "state_province_name": "address.region"},
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_export_is_recognised_and_its_columns_are_mapped(name: str, tmp_path: Path) -> None:
    kind, text, columns = SHAPES[name]
    found = export(tmp_path, text)
    assert (found.kind, len(found.sample)) == (kind, 1), found.why
    assert found.sure > 0.85, found.why
    assert mapped(found).items() >= columns.items()


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("dynamics365_export_min.csv", "dynamics-contacts"),
        ("google_contacts_2024_other_contacts.csv", "google-contacts-2024"),
        ("hubspot_real_mess_reconstructed.csv", "hubspot-contacts-companies"),
        ("mailchimp_subscribed_ghost.csv", "mailchimp-subscribed"),
        ("mailchimp_unsubscribed_ghost.csv", "mailchimp-unsubscribed"),
        ("shopify_customers_export_new_header.csv", "shopify-customers-2023"),
        ("vcard30_gmail_ezvcard.vcf", "vcard"),
        ("vcard40_rfc6350_ezvcard.vcf", "vcard"),
        ("xero_contacts_short_header.csv", "xero-contacts"),
    ],
)
def test_real_files_are_recognised(file: str, kind: str) -> None:
    if not CRM.is_dir():
        pytest.skip("../shared/data/crm is not beside this checkout")
    found = exports.recognise(CRM / file)
    assert found.kind == kind
    assert found.sure > 0.9, found.why


def test_how_sure_it_is_says_why(tmp_path: Path) -> None:
    found = export(tmp_path, SHAPES["Zoho"][1].replace("Tag\n", "Shoe size\n"))
    assert found.why.startswith("17 of 18 headers are Zoho headers, among them Contact Owner.id")
    assert found.sure == pytest.approx((1 + 17 / 18) / 2)


def test_a_list_of_whom_not_to_write_to_says_why(tmp_path: Path) -> None:
    found = export(tmp_path, SHAPES["Mailchimp, unsubscribed"][1])
    assert (found.role, found.reason) == ("suppression", "unsubscribed at Mailchimp")
    assert export(tmp_path, SHAPES["Mailchimp, subscribed"][1]).role == "people"


def test_what_a_crm_guesses_and_what_it_remarks_is_not_read(tmp_path: Path) -> None:
    """The place of an IP address is nobody's address; a CRM's notes must not be printed."""
    for name, headers in {
        "Mailchimp, subscribed": ("REGION", "CC", "NOTES"),
        "Shopify": ("Note",),
        "Google Contacts": ("Notes",),
    }.items():
        columns = export(tmp_path, SHAPES[name][1]).columns
        assert [columns[header] for header in headers] == [None] * len(headers)


def test_every_word_of_a_crm_is_for_a_field_that_there_is() -> None:
    fields = {field for crm in catalogue.crms() for field in crm.words.values()}
    fields |= {field for crm in catalogue.crms() for _, field in crm.patterns}
    assert fields - {*known_fields(), ""} == set()
    kinds = [shape.kind for crm in catalogue.crms() for shape in crm.shapes]
    assert len(kinds) == len({*kinds})


# --- by words alone -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ("FIRST_NAME|lastName|E-Mail", "first_name last_name email"),
        ("Vorname|Name|PLZ|Ort|Straße", "first_name last_name postcode city line1"),
        ("Name|PLZ|Ort|Anschrift", "full_name postcode city line1"),
        ("Nombre|Apellidos|Calle|CP|Población", "first_name last_name line1 postcode city"),
        ("Nombre|Dirección|Ciudad", "full_name line1 city"),
        ("Nome|Cognome|Indirizzo|CAP|Città", "first_name last_name line1 postcode city"),
        ("Voornaam|Achternaam|Straat|Postcode|Plaats", "first_name last_name line1 postcode city"),
        ("Imię|Nazwisko|Ulica|Kod pocztowy|Miasto", "first_name last_name line1 postcode city"),
        ("Förnamn|Efternamn|Gata|Postnummer|Ort", "first_name last_name line1 postcode city"),
        ("Prénom|Nom|Adresse|Code postal|Ville", "first_name last_name line1 postcode city"),
        ("Name (First)|Name (Last)|Address (Street Address)|Address (City)",
         "first_name last_name line1 city"),
        ("contact.first_name|contact.email", "first_name email"),
        ("Email (required)|Birthday (MM/DD)|Vorname*", "email birthday first_name"),
        ("Straße / Hausnummer 1|Postleitzahl 1|Ort 1", "line1 postcode city"),
        ("Shipping Address Line1|Shipping Address City", "line1 city"),
        ("姓|名|郵便番号|住所", "last_name first_name postcode line1"),
        ("顧客ID|顧客の名前|法人名|部署名|郵便番号|都道府県名|住所1|住所2|DM",
         "id full_name company department postcode region line1 line2 mail_ok"),
        ("顧客名|敬称|会社名|市区町村|番地|建物名|メールアドレス|電話番号|生年月日",
         "full_name salutation company city line1 line2 email phone birthday"),
        ("都道府県|市区町村|町名|番地|建物名", "region city line1 line1+ line2"),
        ("Straße|Hausnummer|PLZ|Ort", "line1 line1+ postcode city"),
        ("Voornaam|Tussenvoegsel|Achternaam", "first_name last_name+ last_name"),
        ("Nombre|Primer apellido|Segundo apellido", "first_name last_name last_name+"),
        ("Ansprechpartner|Firma", "full_name company"),
        ("Ansprechpartner|Vorname|Nachname", "owner first_name last_name"),
    ],
)  # fmt: skip
def test_columns_are_known_by_what_people_call_them(headers: str, fields: str) -> None:
    found = fields_of(headers.split("|"))
    assert [(field or "").replace("address.", "") for field in found.values()] == fields.split()


def test_the_address_that_mail_should_go_to_comes_first() -> None:
    names = ("Billing Street", "Billing City", "Home Street", "Home City", "Mailing Street",
             "Mailing City", "Work City")  # fmt: skip
    assert fields_of(names) == {
        "Billing Street": "address3.line1",
        "Billing City": "address3.city",
        "Home Street": "address2.line1",
        "Home City": "address2.city",
        "Mailing Street": "address.line1",
        "Mailing City": "address.city",
        "Work City": "address.city",
    }


def test_the_day_of_a_birth_alone_is_no_birthday() -> None:
    assert fields_of(("Last Name", "Birth Year", "Birth Month", "Birth Day"))["Birth Day"] is None
    assert fields_of(("Last Name", "Birth Day"))["Birth Day"] == "birthday"


def test_a_second_column_of_a_name_is_a_second_address_only_with_a_street_of_its_own() -> None:
    two = fields_of(("Street", "City", "Street (2)", "City (2)"))
    assert two["City (2)"] == "address2.city"
    one = fields_of(("Street", "City", "City (2)"))
    assert one["City (2)"] == "address.city"


def test_a_street_column_without_a_town_has_all_of_the_address() -> None:
    assert fields_of(("Name", "Address"))["Address"] == "address.whole"
    assert fields_of(("Name", "Address", "Country"))["Address"] == "address.whole"
    assert fields_of(("Name", "Address", "City"))["Address"] == "address.line1"


def test_values_propose_and_never_map(tmp_path: Path) -> None:
    people = "\n".join(
        f"Person {n},p{n}@x.example,Herr,{10000 + n},{n} Elm St,01.11.202{n},030 12345{n}0"
        for n in range(9)
    )
    found = export(tmp_path, f"Name,Contact me,Whom,Where,Way,Barred,Ring\n{people}\n")
    assert mapped(found) == {"Name": "full_name"}
    assert {one.header: one.field for one in found.proposals} == {
        "Contact me": "email",
        "Whom": "salutation",
        "Where": "address.postcode",
        "Way": "address.line1",
        "Ring": "phone",
    }
    assert found.proposals[0].why == "9 of 9 look like e-mail addresses"


def test_a_persons_mapping_wins(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Record ID,First Name,Last Name,Create Date,Wer\n1,Ada,Hill,,X\n", "utf-8")
    found = exports.recognise(path, {"Wer": "nickname", "first name": ""})
    assert (found.columns["Wer"], found.columns["First Name"]) == ("nickname", None)
    with pytest.raises(InputError, match="a column that is not there: 'Wo'"):
        exports.recognise(path, {"Wo": "address.city"})


# --- where the header stands --------------------------------------------------------------


def test_what_stands_above_the_header_is_passed_over_and_told(tmp_path: Path) -> None:
    found = export(tmp_path, "Our customers\n\nFirst Name,Last Name,City\nAda,Hill,Leeds\n")
    assert found.header_line == 3
    assert [note.rule for note in found.notes] == ["preamble"]
    assert "'Our customers'" in found.notes[0].message


def test_totals_and_copyrights_are_no_people(tmp_path: Path) -> None:
    rows, rules = rows_in(tmp_path, SHAPES["Salesforce, a report with title and totals"][1])
    assert [row[2] for row in rows] == ["Hill"]
    assert rules == ["report-footer", "report-footer"]


@pytest.mark.parametrize(
    ("cells", "ends"),
    [
        (("Grand Totals (12 records)", "", ""), True),
        (("Totale", "8", ""), True),
        (("Totaal: 8", "", ""), True),
        (("Suma", "8", ""), True),
        (("Totale Carlo", "8", ""), False),
        (("Total", "1,204", ""), True),
        (("Summe:", "", ""), True),
        (("12 rows", "", ""), True),
        (("Generated By: Ruth", "", ""), True),
        (("Total", "Ada", ""), False),
        (("Count", "Dracula", "1 Castle Way"), False),
        (("Copyright Agency Ltd", "", ""), False),
        (("Countess Ada", "", ""), False),
        (("", "", ""), False),
    ],
)
def test_only_the_end_of_a_report_is_one(cells: tuple[str, ...], ends: bool) -> None:
    assert is_footer(cells) is ends


def test_a_second_line_of_column_names_is_no_person(tmp_path: Path) -> None:
    text = (
        "First Name,Last Name,Street,City\nfirst_name,last_name,street,city\nAda,Hill,1 Elm,York\n"
    )
    found = export(tmp_path, text)
    assert found.header_line == 1
    assert [note.rule for note in found.notes] == ["second-header"]
    assert [row[0] for row in rows_in(tmp_path, text)[0]] == ["Ada"]


def test_the_header_again_further_down_is_no_person(tmp_path: Path) -> None:
    text = "First Name,Last Name,City\nAda,Hill,York\nFirst Name,Last Name,City\nBob,Lee,Hull\n"
    rows, rules = rows_in(tmp_path, text)
    assert [row[1] for row in rows] == ["Hill", "Lee"]
    assert rules == ["repeated-header"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("ada@hill.example,Ada,Hill\nbob@lee.example,Bob,Lee\n", "an e-mail address"),
        ("Ada,Hill,02134,2024-03-12\nBob,Lee,02135,2024-03-13\n", "'02134'"),
    ],
)
def test_a_file_without_a_header_is_refused(text: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a header") as caught:
        export(tmp_path, text)
    assert what in str(caught.value)
    assert "add a first line that names the columns" in caught.value.hint


def test_an_empty_file_is_refused_and_an_empty_list_is_told(tmp_path: Path) -> None:
    for nothing in ("", " \n\n", "\ufeff", ",,,\n,,\n"):
        with pytest.raises(InputError, match="empty"):
            export(tmp_path, nothing)
    found = export(tmp_path, "First Name,Last Name\n")
    assert [note.rule for note in found.notes] == ["no-rows"]


def test_encodings_do_not_hide_the_header(tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    text = SHAPES["Google Contacts, before 2024"][1].replace(",", "\t")
    path.write_bytes(codecs.BOM_UTF16_LE + text.encode("utf-16-le"))
    assert exports.recognise(path).kind == "google-contacts"
    path.write_bytes(SHAPES["Outlook in German"][1].replace(",", ";").encode("cp1252"))
    assert exports.recognise(path).kind == "outlook-de"


@given(st.lists(st.lists(st.text(max_size=8), max_size=5), max_size=8))
def test_no_rows_whatever_break_the_search_for_a_header(cells: list[list[str]]) -> None:
    rows = [Row(line, tuple(row)) for line, row in enumerate(cells, start=1)]
    try:
        found = exports.header.find_header(rows, Path("x.csv"))
    except InputError:
        return
    assert found.row in rows
    assert 0 < found.skip <= len(rows)


# --- another header than the last time ----------------------------------------------------

OLD = {"Email": "email", "First Name": "first_name", "Town": "address.city", "Shoe": None}
OLD_ROWS = [("a@x.example", "Ada", "Leeds", "38"), ("b@x.example", "Bob", "York", "44")]


def test_a_renamed_column_is_found_by_its_values() -> None:
    new = {"First Name": "first_name", "Kontakt": "full_name", "Town": "address.city", "Shoe": None}
    rows = [("Ada", "a@x.example", "Leeds", "38"), ("Bob", "b@x.example", "York", "44")]
    rows.append(("Cem", "c@x.example", "Hull", "40"))
    drift = compare(OLD, new, OLD_ROWS, rows)
    assert [(one.old, one.new, one.field) for one in drift.renamed] == [
        ("Email", "Kontakt", "email")
    ]
    assert drift.columns["Kontakt"] == "email"
    assert (drift.added, drift.gone, drift.lost) == ((), (), ())


def test_a_renamed_column_is_found_by_place_and_name() -> None:
    new = {"E-Mail address": "email", "First Name": "first_name", "Place": None, "Shoe": None}
    drift = compare(OLD, new, OLD_ROWS, [("z@y.example", "Zoe", "Lyon", "39")])
    assert {one.old: one.new for one in drift.renamed} == {
        "Email": "E-Mail address",
        "Town": "Place",
    }


def test_what_is_added_and_what_is_lost_is_told() -> None:
    new = {"First Name": "first_name", "Shoe": None, "Newsletter": "email_ok"}
    rows = [("Ada", "38", "yes"), ("Bob", "44", "no")]
    drift = compare(OLD, new, OLD_ROWS, rows)
    assert drift.added == (("Newsletter", "email_ok"),)
    assert [header for header, _ in drift.gone] == ["Email", "Town"]
    assert drift.lost == ("email", "address.city")
    assert not drift.is_another
    assert compare(OLD, {"Wer": None, "Wohin": None}).is_another


TWO = ("Salutation", "Street", "City", "Zip", "Record ID", "Street (2)", "City (2)", "Zip (2)")
TWO_FIELDS = ("salutation", "address.line1", "address.city", "address.postcode", None,
              "address2.line1", "address2.city", "address2.postcode")  # fmt: skip
HOME_AND_WORK = [
    ("Ms", "48 Chestnut St", "Boston", "02108", "9001", "1 Beacon Plaza", "Boston", "02109"),
    ("Mr", "9 Lilac Court", "Concord", "03301", "", "", "", ""),
]


@pytest.mark.parametrize("with_rows", [True, False])
@pytest.mark.parametrize("block", [slice(1, 4), slice(5, 8)])
def test_of_two_addresses_the_renamed_one_stays_the_one_that_it_was(
    block: slice, with_rows: bool
) -> None:
    cells = [catalogue.plain(name) for name in TWO]
    names = ["Road", "Town", "Zip"]
    cells[block] = names
    headers = unique_headers(tuple(cells))
    rows = HOME_AND_WORK if with_rows else []
    old = dict(zip(TWO, TWO_FIELDS, strict=True))
    drift = compare(old, fields_of(headers), rows, rows)
    assert tuple(drift.columns.values()) == TWO_FIELDS
    assert [(one.new, one.field) for one in drift.renamed] == [
        (name, field) for name, field in zip(names, TWO_FIELDS[block], strict=True) if name != "Zip"
    ]
    assert (drift.added, drift.gone, drift.lost) == ((), (), ())


def test_a_whole_new_address_comes_after_those_that_were_there() -> None:
    old = {"Billing Street": "address.line1", "Billing City": "address.city"}
    headers = ("Mailing Street", "Mailing City", *old)
    drift = compare(old, fields_of(headers))
    assert drift.columns == {
        "Mailing Street": "address2.line1",
        "Mailing City": "address2.city",
        **old,
    }


def test_thousands_of_columns_of_one_name_are_compared_in_no_time() -> None:
    old = dict.fromkeys(unique_headers(("Street",) * 900))
    new = dict.fromkeys(unique_headers(("Street",) * 899))
    assert len(compare(old, new).gone) == 1


def test_the_fingerprint_is_of_the_names_and_of_the_order_only_where_it_counts() -> None:
    assert exports.fingerprint(["A", "B"]) == exports.fingerprint(["B", "A"])
    assert exports.fingerprint(["A", "B"]) != exports.fingerprint(["A", "C"])
    assert exports.fingerprint(["A", "A (2)"]) != exports.fingerprint(["A (2)", "A"])


def test_the_answer_of_a_server_that_calls_its_records_values_is_a_list(tmp_path: Path) -> None:
    record = '{"contact_id":"5","contact_type":"Household","household_name":"Hill family"}'
    found = export(tmp_path, f'{{"is_error":0,"count":1,"values":[{record}]}}', "civi.json")
    assert found.headers[:3] == ("contact_id", "contact_type", "household_name")
