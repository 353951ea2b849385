export const cards = {
  name: "Name",
  phone: "Phone number",
  phoneText: "With + and the country code, such as +234 803 123 4567",
  badPhone: "This is no phone number with + and a country code.",
  email: "E-mail address",
  organisation: "Organisation",
  at: "Coordinates, or the link of a map",
  atText: "Latitude first, for example 6.4541, 3.3947",
  badPlace: "It has no latitude and longitude, such as 6.4541, 3.3947.",
  place: "Name of the place",
  address: "Address",
  look: "Look at it on a map",
};
